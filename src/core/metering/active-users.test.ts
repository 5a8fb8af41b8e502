import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { activeUsersByMonth, type Sighting } from './active-users.ts'
import { monthDayStarts } from './month-days.ts'

function sighting(app: string, user: string, at: string): Sighting {
  return { app, user, atMs: Date.parse(at) }
}

test('a user at 23:59:59.999 and at 00:00:00.000 UTC is one of each month', () => {
  const months = activeUsersByMonth([
    sighting('a', 'alice', '2026-02-28T23:59:59.999Z'),
    sighting('a', 'alice', '2026-03-01T00:00:00.000Z'),
    sighting('a', 'bob', '2026-03-31T23:59:59.999Z'),
  ])
  expect(months.get('2026-02')).toMatchObject({ mau: 1 })
  expect(months.get('2026-02')?.byDay).toHaveLength(28)
  expect(months.get('2026-03')).toMatchObject({ mau: 2 })
  expect(months.get('2026-03')?.byDay.at(0)).toBe(1)
  expect(months.get('2026-03')?.byDay.at(-1)).toBe(2)
})

test('a user of two apps is two', () => {
  const months = activeUsersByMonth([
    sighting('a', 'alice', '2026-04-01T00:00Z'),
    sighting('b', 'alice', '2026-04-02T00:00Z'),
    sighting('b', 'alice', '2026-04-03T00:00Z'),
  ])
  expect(months.get('2026-04')?.mau).toBe(2)
  expect(months.get('2026-04')?.byApp).toEqual(
    new Map([
      ['a', 1],
      ['b', 1],
    ]),
  )
})

test('permuting, repeating and splitting sightings changes nothing', () => {
  const some = fc.array(
    fc.record({
      app: fc.constantFrom('a', 'b'),
      user: fc.nat({ max: 9 }).map(String),
      atMs: fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2026, 3) }),
    }),
  )
  const shuffled = some.chain(list =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2 })),
  )
  fc.assert(
    fc.property(shuffled, ([list, again]) => {
      expect(new Map(activeUsersByMonth(again))).toEqual(activeUsersByMonth(list))
      for (const [month, { mau, byApp }] of activeUsersByMonth(list)) {
        const inMonth = list.filter(({ atMs }) => new Date(atMs).toISOString().startsWith(month))
        expect(mau).toBe(new Set(inMonth.map(({ app, user }) => `${app}${user}`)).size)
        expect([...byApp.values()].reduce((sum, count) => sum + count, 0)).toBe(mau)
      }
    }),
  )
})

test.each([
  ['2026-02', 28],
  ['2028-02', 29],
  ['2026-04', 30],
  ['2026-12', 31],
])('%s has %i days', (month, days) => {
  const starts = monthDayStarts(month)
  expect(starts).toHaveLength(days + 1)
  expect(new Date(starts[0] ?? 0).toISOString()).toBe(`${month}-01T00:00:00.000Z`)
  expect(new Set(starts.slice(1).map((ms, index) => ms - starts[index]!))).toEqual(new Set([86_400_000]))
})
