/**
 * Where a month's number will end: for numbers that only grow within a month, as its active users and its peak do.
 *
 * With earlier months, each tells how much of its end was still to come at this point of the month; today's number
 * grows by the same part. The point is the median of what the months tell; the range reaches from four fifths of the
 * smallest growth to five quarters of the largest, because no month repeats another exactly. Before the first day of
 * the month is over, the earlier months' ends themselves stand in.
 *
 * Without them, the days left grow as the last seven complete days did: the point by their mean, the high end by the
 * best of them, the low end by the worst and for a week at most, since users come for the first time only once, so
 * that the first month's growth slows down.
 */
export function forecastMonth(series: MonthSeries): Forecast | undefined {
  const byShape = series.earlierMonths.flatMap(month => growthByShape(series, month) ?? [])
  const growth = byShape.length > 0 ? fromShapes(byShape) : byIncrements(series)
  if (growth === undefined) return undefined
  return {
    point: series.current + growth.point,
    low: series.current + growth.low,
    high: series.current + growth.high,
    method: byShape.length > 0 ? 'earlier-months' : 'last-days',
  }
}

export interface MonthSeries {
  readonly daysInMonth: number
  /** The number at the end of each complete day so far: never falling, whole, at most `daysInMonth` of them. */
  readonly completeDays: readonly number[]
  /** The number now, at least that of the last complete day. */
  readonly current: number
  /** The same of earlier whole months, a number a day each. */
  readonly earlierMonths: readonly (readonly number[])[]
}

/** Whole numbers, `low` <= `point` <= `high`, none below what is already counted. */
export interface Forecast {
  readonly point: number
  readonly low: number
  readonly high: number
  readonly method: 'earlier-months' | 'last-days'
}

interface Growth {
  readonly point: number
  readonly low: number
  readonly high: number
}

/** What would still be added if this month went on as an earlier one did; undefined if that one was empty by now. */
function growthByShape(
  { daysInMonth, completeDays, current }: MonthSeries,
  month: readonly number[],
): number | undefined {
  const end = month.at(-1)
  if (end === undefined) return undefined
  if (completeDays.length === 0) return Math.max(0, end - current)
  // Months differ in length, so the same point of an earlier one may lie within a day; in parts of `daysInMonth`.
  const parts = completeDays.length * month.length
  const day = Math.floor(parts / daysInMonth)
  const before = day === 0 ? 0 : (month[day - 1] ?? end)
  const then = BigInt(before * daysInMonth + ((month[day] ?? end) - before) * (parts % daysInMonth))
  if (then <= 0n) return undefined
  const growth = (BigInt(current) * (BigInt(end) * BigInt(daysInMonth) - then)) / then
  return Number(growth)
}

function fromShapes(growths: readonly number[]): Growth {
  const sorted = growths.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  const lower = sorted[(sorted.length - 1) >> 1] ?? 0
  return {
    point: Math.floor((lower + upper) / 2),
    low: Math.floor(((sorted[0] ?? 0) * 4) / 5),
    high: Math.ceil(((sorted.at(-1) ?? 0) * 5) / 4),
  }
}

const LAST_DAYS = 7

function byIncrements({ daysInMonth, completeDays }: MonthSeries): Growth | undefined {
  const increments = completeDays.map((count, day) => count - (completeDays[day - 1] ?? 0)).slice(-LAST_DAYS)
  if (increments.length === 0) return undefined
  const daysLeft = daysInMonth - completeDays.length
  const sum = increments.reduce((total, increment) => total + increment, 0)
  return {
    point: Math.floor((daysLeft * sum) / increments.length),
    low: Math.min(daysLeft, LAST_DAYS) * Math.min(...increments),
    high: daysLeft * Math.max(...increments),
  }
}
