import { type Fraction, ONE, divide, fraction, subtract } from '../exact/fraction.ts'
import { type Span, intersection, lengthMs } from '../time/span.ts'
import { uptimeText } from './uptime.ts'

/** What one component came to on a UTC day, as it is kept. */
export interface DayFigures {
  /** `YYYY-MM-DD` */
  readonly day: string
  /** How much of it was judged; 0: nothing is known of it. */
  readonly measuredMs: number
  readonly downMs: number
}

/**
 * What a day looked like: `minor` is less than a quarter of an hour down, `major` more; `maintenance` work without down
 * time; `none`: nothing was measured, which is not the same as up.
 */
export type DayKind = 'up' | 'minor' | 'major' | 'maintenance' | 'none'

export interface HistoryDay extends DayFigures {
  readonly kind: DayKind
  readonly maintenanceMs: number
}

/** A day that is only worse by minutes is told apart from one that people remember. */
const MAJOR_MS = 900_000

const DAY_MS = 86_400_000

/** The UTC day of an instant, as `YYYY-MM-DD`. */
export function utcDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10)
}

export function daySpan(day: string): Span {
  const startMs = Date.parse(`${day}T00:00:00Z`)
  return { startMs, endMs: startMs + DAY_MS }
}

/** `count` days up to and with `lastDay`, ascending; a day without figures is one of which nothing is known. */
export function dayHistory(
  figures: readonly DayFigures[],
  { lastDay, count, work }: { lastDay: string; count: number; work: readonly Span[] },
): HistoryDay[] {
  const known = new Map(figures.map(each => [each.day, each]))
  const lastMs = Date.parse(lastDay)
  return Array.from({ length: count }, (_, at) => {
    const day = utcDay(lastMs - (count - 1 - at) * DAY_MS)
    const { measuredMs, downMs } = known.get(day) ?? { measuredMs: 0, downMs: 0 }
    const maintenanceMs = lengthMs(intersection(work, [daySpan(day)]))
    return { day, measuredMs, downMs, maintenanceMs, kind: kindOf({ measuredMs, downMs, maintenanceMs }) }
  })
}

function kindOf({ measuredMs, downMs, maintenanceMs }: Omit<HistoryDay, 'day' | 'kind'>): DayKind {
  if (measuredMs === 0) return 'none'
  if (downMs > 0) return downMs < MAJOR_MS ? 'minor' : 'major'
  return maintenanceMs > 0 ? 'maintenance' : 'up'
}

/** The uptime of several days together. */
export interface DaysUptime {
  /** Per cent, floored to five decimals; undefined: nothing was measured. */
  readonly uptime: string | undefined
  readonly exact: Fraction
  readonly measuredMs: number
  readonly downMs: number
}

/** Sums of time over sums of time: a mean of percentages would weigh a short first day like a whole one. */
export function uptimeOfDays(days: readonly DayFigures[]): DaysUptime {
  const measuredMs = days.reduce((sum, day) => sum + day.measuredMs, 0)
  const downMs = days.reduce((sum, day) => sum + day.downMs, 0)
  if (measuredMs === 0) return { uptime: undefined, exact: ONE, measuredMs, downMs }
  const exact = subtract(ONE, divide(fraction(downMs), fraction(measuredMs)))
  return { uptime: uptimeText(exact), exact, measuredMs, downMs }
}

export interface MonthUptime extends DaysUptime {
  /** `YYYY-MM` */
  readonly month: string
  /** The first day of it that was measured. */
  readonly from: string
  readonly isWhole: boolean
}

/** Newest first; a month of which nothing was measured is left out. */
export function uptimeByMonth(days: readonly DayFigures[]): MonthUptime[] {
  const measured = days.filter(({ measuredMs }) => measuredMs > 0)
  const months = Map.groupBy(measured, ({ day }) => day.slice(0, 7))
  return [...months]
    .map(([month, own]) => {
      const sums = uptimeOfDays(own)
      const from = own.reduce((first, { day }) => (day < first ? day : first), own[0]!.day)
      return { month, from, ...sums, isWhole: sums.measuredMs === lengthOfMonth(month) }
    })
    .toSorted((a, b) => (a.month < b.month ? 1 : -1))
}

function lengthOfMonth(month: string): number {
  const [year = 0, number = 0] = month.split('-').map(Number)
  return Date.UTC(year, number) - Date.UTC(year, number - 1)
}
