import type { Transaction } from 'kysely'
import { slaInForce } from '../../core/pricing/sla-base.ts'
import { newId } from '../../identity/credentials.ts'
import { ProblemError } from '../../http/problem.ts'
import { claimedTimes, judgeClaimOf, monthOfIncident } from '../availability/claims.ts'
import { settle } from '../availability/close-sla.ts'
import type { SlaStatement } from '../availability/sla-statement.ts'
import type { Agreements } from '../invoicing/agreement.ts'
import { addClaim, type Claim, claimsOf } from '../../store/claims.ts'
import type { Schema } from '../../store/schema.ts'
import { findSlaMonth } from '../../store/sla-months.ts'
import { wrong } from './subscription-rules.ts'

export interface FiledClaim {
  readonly claim: Claim
  readonly untilMs: number | undefined
  readonly months: string[]
  readonly because: string[]
}

/**
 * Files a claim and judges it: what it opens of closed months is granted here, once a month; the rest when the month
 * closes. One that comes too late is kept all the same, and opens nothing. Throws a problem for an incident that is
 * unknown or claimed already, and where nothing is given on a claim.
 */
export async function fileClaim(
  trx: Transaction<Schema>,
  agreements: Agreements,
  asked: Pick<Claim, 'organizationId' | 'incident' | 'subject' | 'text' | 'author'>,
  nowMs: number,
): Promise<FiledClaim> {
  const { organizationId } = asked
  const times = await claimedTimes(trx, asked.incident)
  if (times === undefined) throw wrong('incident', 'There is no such incident.')
  const earlier = (await claimsOf(trx, organizationId)).find(({ incident }) => incident === asked.incident)
  if (earlier !== undefined) {
    throw new ProblemError('conflict', `This was claimed already, by ${earlier.id}.`)
  }
  const { arrangements } = await agreements.of(trx, organizationId)
  const sla = slaInForce(arrangements, monthOfIncident(times, nowMs))
  if (sla.form === 'none') throw new ProblemError('conflict', 'No uptime is promised, so no credit is owed.')
  if (sla.credit === 'automatic') {
    throw new ProblemError('conflict', 'Credits are granted without a claim when a month closes.')
  }
  const { accepted, untilMs, months, because } = judgeClaimOf(times, sla, nowMs)
  const claim: Claim = { ...asked, id: newId('tkt'), accepted, createdMs: nowMs }
  await addClaim(trx, claim)
  const told = []
  for (const month of months) told.push(await openMonth(trx, organizationId, month, nowMs))
  return { claim, untilMs, months: [...months], because: [...because, ...told] }
}

async function openMonth(
  trx: Transaction<Schema>,
  organizationId: string,
  month: string,
  nowMs: number,
): Promise<string> {
  const closed = await findSlaMonth<SlaStatement>(trx, organizationId, month)
  if (closed === undefined) return `${month} is not closed yet: its credit is pending.`
  const { currency, report } = closed.report
  const creditId = await settle(trx, organizationId, closed.report, nowMs)
  if (creditId === undefined) return `${month}: there is nothing left to grant.`
  return `${month}: ${report.credit.amount} ${currency.code} is granted.`
}
