import { isoInstant } from '../time/instant.ts'
import { monthsOf, startOfDayAfter } from '../time/month.ts'

export interface ClaimFacts {
  /** undefined: not said; then it opens the month of its last instant alone. */
  readonly incidentStartMs: number | undefined
  readonly incidentEndMs: number
  readonly claimedMs: number
  readonly claimDays: number
  /** The SLA's: its days and months count. */
  readonly timezone: string
}

export interface ClaimDecision {
  readonly accepted: boolean
  /** The first instant that is too late. */
  readonly untilMs: number
  /** The months that the claim opens, ascending; none when it is refused. */
  readonly months: readonly string[]
  readonly because: readonly string[]
}

/** A claim is in time until the end of the local day that lies `claimDays` after the one on which the incident ended. */
export function judgeClaim(facts: ClaimFacts): ClaimDecision {
  const { incidentEndMs, claimedMs, claimDays, timezone } = facts
  const untilMs = startOfDayAfter(incidentEndMs, claimDays + 1, timezone)
  const accepted = claimedMs < untilMs
  const startMs = facts.incidentStartMs ?? incidentEndMs - 1
  const months = accepted ? monthsOf({ startMs, endMs: incidentEndMs }, timezone) : []
  return {
    accepted,
    untilMs,
    months,
    because: [
      `The incident ended ${isoInstant(incidentEndMs)}; day ${claimDays} after that ends ${isoInstant(untilMs)} (${timezone}).`,
      `Claimed ${isoInstant(claimedMs)}: ${accepted ? 'in time' : 'too late'}.`,
      ...(accepted ? [`It opens the credit of ${months.join(', ')}.`] : []),
    ],
  }
}
