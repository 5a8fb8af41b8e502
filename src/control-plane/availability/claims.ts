import type { Kysely } from 'kysely'
import { type ClaimDecision, judgeClaim } from '../../core/availability/claim.ts'
import type { Sla } from '../../core/contract/contract.ts'
import { monthOf, monthsOf } from '../../core/time/month.ts'
import type { Span } from '../../core/time/span.ts'
import { claimsOf } from '../../store/claims.ts'
import { type IncidentTimes, incidentTimes } from '../../store/incident-times.ts'
import type { Schema } from '../../store/schema.ts'
import type { Claimed } from './claimed.ts'
import { spanNamed } from './claimed-span.ts'

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

/** When that was which a claim names: an incident, or down time of its report; undefined: there is no such incident. */
export async function claimedTimes(
  db: Kysely<Schema>,
  name: string,
): Promise<Pick<IncidentTimes, 'startMs' | 'endMs'> | undefined> {
  return spanNamed(name) ?? incidentTimes(db, name)
}

/** A claim with its incident as it is known now, and the months that the incident touches. */
export interface KnownClaim extends Claimed {
  readonly id: string
  readonly incidentStartMs: number
  readonly months: readonly string[]
}

/**
 * An organization's claims, oldest first. What was accepted stays so; one that was late is in time after all if by what
 * is known now its incident ended later. An incident that goes on is taken to end now.
 */
export async function knownClaims(
  db: Kysely<Schema>,
  organizationId: string,
  sla: Pick<PromisedSla, 'claimDays' | 'timezone'>,
  nowMs: number,
): Promise<KnownClaim[]> {
  const known: KnownClaim[] = []
  for (const { id, incident, accepted, createdMs: claimedMs } of await claimsOf(db, organizationId)) {
    const times = await claimedTimes(db, incident)
    if (times === undefined) continue
    const { startMs, endMs } = spanOf(times, nowMs)
    known.push({
      id,
      incidentStartMs: startMs,
      incidentEndMs: endMs,
      claimedMs,
      accepted: accepted || judgeClaimOf(times, sla, claimedMs).accepted,
      months: monthsOf({ startMs, endMs }, sla.timezone),
    })
  }
  return known
}

/** The months that claims which came in time open: all that their incidents touch. */
export async function claimedMonths(
  db: Kysely<Schema>,
  organizationId: string,
  sla: Pick<PromisedSla, 'claimDays' | 'timezone'>,
  nowMs: number,
): Promise<ReadonlySet<string>> {
  const claims = await knownClaims(db, organizationId, sla, nowMs)
  return new Set(claims.flatMap(({ accepted, months }) => (accepted ? months : [])))
}

/** Of an incident that goes on, up to now. */
function spanOf({ startMs, endMs }: Pick<IncidentTimes, 'startMs' | 'endMs'>, nowMs: number): Span {
  return { startMs, endMs: endMs ?? Math.max(startMs, nowMs) }
}

/** The month whose SLA a claim on an incident goes by: the one in which it ended, or is now. */
export function monthOfIncident(times: Pick<IncidentTimes, 'startMs' | 'endMs'>, nowMs: number): string {
  const { startMs, endMs } = spanOf(times, nowMs)
  return monthOf(Math.max(startMs, endMs - 1))
}
