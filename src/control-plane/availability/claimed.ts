import { type ClaimDecision, type ClaimFacts, judgeClaim } from '../../core/availability/claim.ts'
import type { Sla } from '../../core/contract/contract.ts'

/** A claim as it was made. */
export type Claimed = Pick<ClaimFacts, 'incidentStartMs' | 'incidentEndMs' | 'claimedMs'>

/** undefined where nothing is promised. */
export function judgeUnder(sla: Sla, claim: Claimed): ClaimDecision | undefined {
  return sla.form === 'none' ? undefined : judgeClaim({ ...claim, ...sla })
}

/** Whether a month's credit is owed: one that has to be claimed is not, until a claim that is in time opens the month. */
export function isOwed(sla: Sla, month: string, claims: readonly Claimed[]): boolean {
  if (sla.form === 'none' || sla.credit === 'automatic') return true
  return claims.some(claim => judgeUnder(sla, claim)?.months.includes(month))
}
