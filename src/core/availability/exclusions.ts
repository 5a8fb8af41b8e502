import { shortDecimal } from '../exact/decimal.ts'
import { fraction } from '../exact/fraction.ts'
import { isoInstant } from '../time/instant.ts'
import { type Span, intersection, lengthMs, subtraction, union } from '../time/span.ts'
import { type Maintenance, excludedWindow } from './maintenance.ts'

/** Why time was excluded that is no maintenance; a person records it, with the span to the second. */
export type ExclusionReason = 'force-majeure' | 'customer' | 'third-party'

export interface Exclusion extends Span {
  readonly reason: ExclusionReason
}

export interface OutageFacts {
  /** When the API was down for the customer; spans may overlap, as those of several apps do. */
  readonly outages: readonly Span[]
  readonly maintenance: readonly Maintenance[]
  readonly exclusions: readonly Exclusion[]
  readonly noticeHours: number
}

export interface CountedDownTime {
  readonly down: readonly Span[]
  /** The part of the outages that does not count. */
  readonly excluded: readonly Span[]
  readonly because: readonly string[]
}

/** What of the outages counts as down time. Each instant counts once, however many outages or reasons cover it. */
export function countDownTime(facts: OutageFacts): CountedDownTime {
  const windows = facts.maintenance.map(window => excludedWindow(window, facts.noticeHours))
  const reasons = [...windows.flatMap(({ span }) => span ?? []), ...facts.exclusions]
  const outages = union(facts.outages)
  const excluded = intersection(outages, reasons)
  const down = subtraction(outages, reasons)
  return {
    down,
    excluded,
    because: [
      ...windows.map(({ because }) => because),
      ...facts.exclusions.map(each => `${spanWords(each)} is excluded: ${REASON_WORDS[each.reason]}.`),
      `Outages: ${seconds(outages)} seconds, each counted once; excluded of them: ${seconds(excluded)}; down: ${seconds(down)}.`,
    ],
  }
}

const REASON_WORDS: Readonly<Record<ExclusionReason, string>> = {
  'force-majeure': 'force majeure',
  customer: 'the customer’s own actions',
  'third-party': 'a third party',
}

function spanWords({ startMs, endMs }: Span): string {
  return `${isoInstant(startMs)} to ${isoInstant(endMs)}`
}

function seconds(spans: readonly Span[]): string {
  return shortDecimal(fraction(lengthMs(spans), 1000), 3)
}
