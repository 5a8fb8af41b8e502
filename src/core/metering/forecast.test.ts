import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { forecastMonth, type MonthSeries } from './forecast.ts'

function running(increments: readonly number[]): number[] {
  let sum = 0
  return increments.map(increment => (sum += increment))
}

function evenly(days: number, aDay: number): number[] {
  return running(Array.from({ length: days }, () => aDay))
}

test('a month that goes as an earlier one did ends as much larger as it is now', () => {
  const lastMonth = [500, 700, 800, 900, 1_000]
  const series = { daysInMonth: 5, completeDays: [1_000, 1_400], current: 1_400, earlierMonths: [lastMonth] }
  expect(forecastMonth(series)).toEqual({ point: 2_000, low: 1_880, high: 2_150, method: 'earlier-months' })
})

test('earlier months of another length are read at the same part of the month', () => {
  const series = {
    daysInMonth: 30,
    completeDays: evenly(15, 10),
    current: 150,
    earlierMonths: [evenly(31, 7)],
  }
  expect(forecastMonth(series)?.point).toBe(300)
})

test('of several earlier months the median tells', () => {
  const earlierMonths = [
    [10, 20],
    [10, 90],
    [10, 30],
  ]
  const series = { daysInMonth: 2, completeDays: [100], current: 100, earlierMonths }
  expect(forecastMonth(series)).toMatchObject({ point: 300, low: 180, high: 1_100 })
})

test('without earlier months the days left go as the last seven did', () => {
  const completeDays = running([90, 10, 20, 10, 20, 10, 20, 50])
  const series = { daysInMonth: 30, completeDays, current: 230, earlierMonths: [] }
  expect(forecastMonth(series)).toEqual({
    point: 230 + 22 * 20,
    low: 230 + 7 * 10,
    high: 230 + 22 * 50,
    method: 'last-days',
  })
})

test('on the first day the earlier months’ ends stand in; without any there is no forecast yet', () => {
  const first = { daysInMonth: 30, completeDays: [], current: 40 }
  expect(forecastMonth({ ...first, earlierMonths: [[5, 100]] })).toMatchObject({ point: 100 })
  expect(forecastMonth({ ...first, earlierMonths: [] })).toBeUndefined()
})

const increments = (days: number) =>
  fc.array(fc.nat({ max: 2_000_000 }), { minLength: days, maxLength: days })

const someSeries = fc
  .record({
    daysInMonth: fc.integer({ min: 28, max: 31 }),
    part: fc.nat({ max: 31 }),
    today: fc.nat({ max: 1_000 }),
    earlier: fc.array(fc.integer({ min: 28, max: 31 }).chain(increments), { maxLength: 3 }),
  })
  .chain(({ daysInMonth, part, today, earlier }) =>
    increments(Math.min(part, daysInMonth)).map(days => ({ daysInMonth, days, today, earlier })),
  )

type Drawn = typeof someSeries extends fc.Arbitrary<infer Value> ? Value : never

function seriesOf({ daysInMonth, days, today, earlier }: Drawn): MonthSeries {
  const completeDays = running(days)
  const current = (completeDays.at(-1) ?? 0) + (days.length === daysInMonth ? 0 : today)
  return { daysInMonth, completeDays, current, earlierMonths: earlier.map(running) }
}

describe('whatever the numbers', () => {
  test('the range contains the point, in whole numbers, and none is below what is counted', () => {
    fc.assert(
      fc.property(someSeries, drawn => {
        const series = seriesOf(drawn)
        const forecast = forecastMonth(series)
        if (forecast === undefined) {
          expect([drawn.days.length, drawn.earlier.length]).toContain(0)
          return
        }
        const { low, point, high } = forecast
        expect([low, point, high].every(Number.isSafeInteger)).toBe(true)
        expect(low).toBeGreaterThanOrEqual(series.current)
        expect(point).toBeGreaterThanOrEqual(low)
        expect(high).toBeGreaterThanOrEqual(point)
      }),
    )
  })

  test('at the end of the month the forecast is the count', () => {
    fc.assert(
      fc.property(
        someSeries.chain(drawn => increments(drawn.daysInMonth).map(days => ({ ...drawn, days }))),
        drawn => {
          const series = seriesOf(drawn)
          const { current } = series
          expect(forecastMonth(series)).toMatchObject({ point: current, low: current, high: current })
        },
      ),
    )
  })

  test('more on any day is never a smaller forecast', () => {
    fc.assert(
      fc.property(someSeries, fc.nat({ max: 31 }), fc.nat({ max: 1_000_000 }), (drawn, where, more) => {
        const raised = drawn.days.map((increment, day) =>
          day === where % Math.max(drawn.days.length, 1) ? increment + more : increment,
        )
        const before = forecastMonth(seriesOf(drawn))
        const after = forecastMonth(seriesOf({ ...drawn, days: raised }))
        for (const key of ['low', 'point', 'high'] as const) {
          expect(after?.[key] ?? 0).toBeGreaterThanOrEqual(before?.[key] ?? 0)
        }
      }),
    )
  })
})
