import { expect, test } from 'vitest'
import { monthDayStarts } from './month-days.ts'

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
