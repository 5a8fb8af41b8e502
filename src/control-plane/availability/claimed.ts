import { type ClaimDecision, type ClaimFacts, judgeClaim } from '../../core/availability/claim.ts'
import type { Sla } from '../../core/contract/contract.ts'
import { monthsOf } from '../../core/time/month.ts'

/** A claim as it was made, and what became of it. */
export interface Claimed extends Pick<ClaimFacts, 'incidentStartMs' | 'incidentEndMs' | 'claimedMs'> {
  /** It was taken to be in time. */
  readonly accepted: boolean
}

/** undefined where nothing is promised. */
export function judgeUnder(sla: Sla, claim: Omit<Claimed, 'accepted'>): ClaimDecision | undefined {
  return sla.form === 'none' ? undefined : judgeClaim({ ...claim, ...sla })
}

/** Whether a month's credit is owed: one that has to be claimed is not, until an accepted claim opens the month. */
export function isOwed(sla: Sla, month: string, claims: readonly Claimed[]): boolean {
  if (sla.form === 'none' || sla.credit === 'automatic') return true
  return claims.some(({ accepted, incidentStartMs, incidentEndMs }) => {
    const startMs = incidentStartMs ?? incidentEndMs - 1
    return accepted && monthsOf({ startMs, endMs: incidentEndMs }, sla.timezone).includes(month)
  })
}
