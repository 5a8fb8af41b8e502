import type { Span } from '../time/span.ts'
import { daySpan, utcDay } from './day-history.ts'

/** A word about a stretch of time that was said, or taken back, at an instant. */
export interface Said extends Span {
  readonly atMs: number
}

export interface DaysFacts {
  /** Up to here slices are final. */
  readonly finalMs: number
  /** When the first node there ever was began to beat; undefined: nothing was measured yet. */
  readonly firstMs: number | undefined
  /** Days that were judged for every component, with the instant. */
  readonly judged: ReadonlyMap<string, number>
  readonly said: readonly Said[]
  /** How many days back are shown, the running one among them. */
  readonly shown: number
}

/** Records of a node that was cut off come this late and still count. */
const LATE_DAYS = 7
const DAY_MS = 86_400_000

/**
 * The days that are to be judged, or judged again, newest first: those nobody judged yet, the last week's once a day
 * because late records may have come, and those of which something was said since.
 */
export function daysToJudge({ finalMs, firstMs, judged, said, shown }: DaysFacts): string[] {
  if (firstMs === undefined) return []
  const { startMs: runningMs } = daySpan(utcDay(finalMs))
  const days: string[] = []
  for (let back = 1; back < shown; back++) {
    const span = { startMs: runningMs - back * DAY_MS, endMs: runningMs - (back - 1) * DAY_MS }
    if (span.endMs <= firstMs) break
    const day = utcDay(span.startMs)
    const judgedMs = judged.get(day)
    const isStale =
      judgedMs === undefined ||
      (back <= LATE_DAYS && judgedMs < runningMs) ||
      said.some(each => each.atMs > judgedMs && each.startMs < span.endMs && each.endMs > span.startMs)
    if (isStale) days.push(day)
  }
  return days
}
