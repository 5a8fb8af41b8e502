import type { Kysely } from 'kysely'
import { type ClaimDecision, judgeClaim } from '../../core/availability/claim.ts'
import type { Sla } from '../../core/contract/contract.ts'
import { monthOf, monthsOf } from '../../core/time/month.ts'
import type { Span } from '../../core/time/span.ts'
import { claimsOf } from '../../store/claims.ts'
import { type IncidentTimes, incidentTimes } from '../../store/incident-times.ts'
import type { Schema } from '../../store/schema.ts'

/** An SLA that promises something. */
export type PromisedSla = Exclude<Sla, { form: 'none' }>

/**
 * Whether a claim is in time, and which months it opens. Of an incident that goes on, nobody knows yet when its days
 * end: a claim is in time, and opens what the incident has touched so far.
 */
export function judgeClaimOf(
  { startMs, endMs }: Pick<IncidentTimes, 'startMs' | 'endMs'>,
  { claimDays, timezone }: Pick<PromisedSla, 'claimDays' | 'timezone'>,
  claimedMs: number,
): Pick<ClaimDecision, 'accepted' | 'months' | 'because'> & { readonly untilMs: number | undefined } {
  if (endMs !== undefined) {
    const facts = { incidentStartMs: startMs, incidentEndMs: endMs, claimedMs, claimDays, timezone }
    return judgeClaim(facts)
  }
  const months = monthsOf(spanOf({ startMs, endMs }, claimedMs), timezone)
  return {
    accepted: true,
    untilMs: undefined,
    months,
    because: [
      `The incident goes on: in time. It opens the credit of ${months.join(', ')}, and of what follows.`,
    ],
  }
}

/** The months that claims which came in time open: all that their incidents touch, as they are known now. */
export async function claimedMonths(
  db: Kysely<Schema>,
  organizationId: string,
  { timezone }: Pick<PromisedSla, 'timezone'>,
  nowMs: number,
): Promise<ReadonlySet<string>> {
  const months = new Set<string>()
  for (const { incident, accepted } of await claimsOf(db, organizationId)) {
    const times = accepted ? await incidentTimes(db, incident) : undefined
    if (times !== undefined) for (const month of monthsOf(spanOf(times, nowMs), timezone)) months.add(month)
  }
  return months
}

/** Of an incident that goes on, up to now. */
function spanOf({ startMs, endMs }: Pick<IncidentTimes, 'startMs' | 'endMs'>, nowMs: number): Span {
  return { startMs, endMs: endMs ?? Math.max(startMs, nowMs) }
}

/** The month whose SLA a claim on an incident goes by: the one in which it ended, or is now. */
export function monthOfIncident(times: IncidentTimes, nowMs: number): string {
  const { startMs, endMs } = spanOf(times, nowMs)
  return monthOf(Math.max(startMs, endMs - 1))
}
