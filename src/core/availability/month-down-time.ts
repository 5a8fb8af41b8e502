import { type Fraction, fraction } from '../exact/fraction.ts'
import { monthSeconds, monthSpan } from '../time/month.ts'
import { type Span, intersection, lengthMs, union } from '../time/span.ts'
import { type AppFigures, appFigures } from './app-figures.ts'
import { countDownTime } from './exclusions.ts'
import {
  type DownSpan,
  type JudgedTime,
  type StateSeconds,
  describeDown,
  secondsByState,
} from './organization-slices.ts'
import { otherReadings } from './readings.ts'

export interface MonthFacts {
  /** `YYYY-MM` in `timezone`. */
  readonly month: string
  readonly timezone: string
  readonly judged: JudgedTime
  /** When the organization held a plan in the month: nothing was promised at other times. */
  readonly held: readonly Span[]
}

/** What a month's slices come to, before any promise and any money. Plain data, small beside the slices. */
export interface MonthDownTime {
  readonly month: string
  readonly timezone: string
  readonly monthSeconds: number
  /** That counts: after exclusions, each instant once. */
  readonly downSeconds: Fraction
  readonly spans: readonly DownSpan[]
  /** Down time that does not count. */
  readonly excludedSpans: readonly Span[]
  readonly seconds: StateSeconds
  readonly apps: readonly AppFigures[]
  /** The same month as other SLAs would read it: at most the month's length. */
  readonly others: { readonly requests: Fraction; readonly equivalent: Fraction }
  readonly because: readonly string[]
}

export function monthDownTime({ month, timezone, judged, held }: MonthFacts): MonthDownTime {
  const within = intersection(held, [monthSpan(month, timezone)])
  const outages = intersection(union(judged.apps.flatMap(({ outages: spans }) => [...spans])), within)
  const { maintenance, exclusions, noticeHours } = judged
  const counted = countDownTime({ outages, maintenance, exclusions, noticeHours })
  const length = monthSeconds(month, timezone)
  return {
    month,
    timezone,
    monthSeconds: length,
    downSeconds: fraction(lengthMs(counted.down), 1000),
    spans: describeDown(judged, counted.down),
    excludedSpans: counted.excluded,
    seconds: secondsByState(judged),
    apps: appFigures(judged, within),
    others: otherReadings(judged, length),
    because: counted.because,
  }
}
