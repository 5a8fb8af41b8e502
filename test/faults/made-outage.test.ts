import { expect, it } from 'vitest'
import { countOf, differences, madeSlices, outside } from './made-outage.ts'
import type { Asked } from './paced-client.ts'

/** So many requests of an outcome, each within the second that begins at `slice`. */
const within = (slice: number, outcome: Asked['outcome'], count: number): Asked[] =>
  Array.from({ length: count }, () => ({ sentMs: slice + 10, answeredMs: slice + 900, outcome }))
const across = (slice: number, outcome: Asked['outcome']): Asked => {
  return { sentMs: slice + 990, answeredMs: slice + 1010, outcome }
}
const kinds = (log: readonly Asked[]) => [...madeSlices(log).values()]

it('a slice is down when more than five per cent of its requests failed, and up when no more did', () => {
  expect(kinds([...within(0, 'served', 19), ...within(0, 'failed', 1)])).toEqual(['up'])
  expect(kinds([...within(0, 'served', 18), ...within(0, 'failed', 1)])).toEqual(['down'])
})

it('a slice of too few requests may be either, and so may one that a request between two slices decides', () => {
  expect(kinds(within(0, 'failed', 4))).toEqual(['either'])
  expect(kinds([...within(0, 'served', 9), across(0, 'failed'), ...within(1000, 'served', 30)])).toEqual([
    'either',
    'up',
  ])
  expect(kinds([...within(0, 'served', 9), ...within(0, 'lost', 1)])).toEqual(['either'])
})

it('each slice that is told otherwise than it was made is named, and so is what is told of other times', () => {
  const log = [...within(0, 'served', 9), ...within(1000, 'failed', 9), ...within(2000, 'served', 9)]
  expect([countOf(log, 'up'), countOf(log, 'down')]).toEqual([2, 1])
  expect(differences(log, [{ startMs: 1000, endMs: 2000 }])).toEqual([])
  expect(differences(log, [])).toEqual(['1970-01-01T00:00:01.000Z was down, told up'])
  expect(differences(log, [{ startMs: 0, endMs: 2000 }])).toEqual([
    '1970-01-01T00:00:00.000Z was up, told down',
  ])
  expect(outside(log, [{ startMs: 0, endMs: 3000 }])).toEqual([])
  expect(outside(log, [{ startMs: 0, endMs: 4000 }])).toHaveLength(1)
})
