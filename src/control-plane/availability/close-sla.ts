import type { Transaction } from 'kysely'
import { creditCorrection } from '../../core/availability/credit-correction.ts'
import { totalOf } from '../../core/exact/money.ts'
import type { Arrangement } from '../../core/pricing/arrangement.ts'
import { newId } from '../../identity/credentials.ts'
import { addAuditEntry } from '../../store/audit.ts'
import { type Credit, addCredit } from '../../store/credits.ts'
import { addEvent } from '../../store/events.ts'
import { addSlaCredit, addSlaMonth, findSlaMonth, slaCreditsOf } from '../../store/sla-months.ts'
import type { Schema } from '../../store/schema.ts'
import type { Agreements } from '../invoicing/agreement.ts'
import { WEIR } from '../invoicing/issue.ts'
import { claimedMonths, knownClaims } from './claims.ts'
import type { EvidenceSigner } from './evidence-file.ts'
import type { ClosingMonth } from './organization-sla.ts'
import { type BilledMonth, type SlaStatement, billedMonth, stateMonth } from './sla-statement.ts'
import { writeEvidence } from './write-evidence.ts'

export interface SlaToClose {
  readonly organizationId: string
  /** The month that closes, and closed ones before it that may still be put right. */
  readonly month: string
  readonly months: readonly ClosingMonth[]
  readonly arrangements: readonly Arrangement[]
  /** What the month that closes is billed. */
  readonly billed: BilledMonth
}

export interface SlaDeps {
  readonly agreements: Agreements
  readonly evidenceKey: EvidenceSigner
}

/**
 * Closes a month's SLA in the transaction that closes the month: its report is frozen, its credit granted, for the
 * next invoice to close, and its evidence written. Closed months are looked at again: late facts raise their credits,
 * and never lower them.
 */
export async function closeSla(
  trx: Transaction<Schema>,
  { agreements, evidenceKey }: SlaDeps,
  { organizationId, month, months, arrangements, billed }: SlaToClose,
  nowMs: number,
): Promise<void> {
  for (const of of months.toSorted((a, b) => (a.month < b.month ? -1 : 1))) {
    // It is tried again, and closes as soon as no late answer can change a slice.
    if (!of.final) throw new Error(`its slices of ${of.month} are not final yet`)
    const question = { organizationId, month: of.month, nowMs }
    const lines = of.month === month ? billed : await billedMonth(trx, agreements, question)
    const statement = stateMonth(of, arrangements, lines)
    const creditId = await settle(trx, organizationId, statement, nowMs)
    if ((await findSlaMonth(trx, organizationId, of.month)) !== undefined) continue
    await addSlaMonth(trx, organizationId, { month: of.month, report: statement, closedMs: nowMs }, creditId)
    const { measured } = of
    if (measured === undefined) continue
    const claims = await claimsOn(trx, organizationId, statement, nowMs)
    const facts = { ...statement, ...billed, organizationId, month: of.month, measured, arrangements, claims }
    await writeEvidence(trx, facts, evidenceKey, nowMs)
  }
}

/** Those made so far on incidents that touch the month, where claims open anything. */
async function claimsOn(
  trx: Transaction<Schema>,
  organizationId: string,
  { sla, report }: SlaStatement,
  nowMs: number,
) {
  if (sla.form === 'none' || sla.credit === 'automatic') return []
  const claims = await knownClaims(trx, organizationId, sla, nowMs)
  return claims.filter(({ months }) => months.includes(report.month))
}

/**
 * Grants what a month is worth by now beyond what was given for it: all of it the first time, then what late facts add,
 * once it is closed and, where credits come on a claim, once one came in time. Resolves with the credit's id.
 */
export async function settle(
  trx: Transaction<Schema>,
  organizationId: string,
  statement: SlaStatement,
  nowMs: number,
): Promise<string | undefined> {
  const { report, currency } = statement
  const { month } = report
  if (!(await isOpened(trx, organizationId, statement, nowMs))) return undefined
  const given = await slaCreditsOf(trx, organizationId, { month })
  // What was given in another currency cannot be added to in this one.
  if (given.some(credit => credit.currency !== currency.code)) return undefined
  const before = totalOf(
    given.map(({ amount }) => amount),
    currency.minorDigits,
  )
  const amount = creditCorrection(before, report.credit.amount, currency.minorDigits)
  if (amount === totalOf([], currency.minorDigits)) return undefined
  const credit: Credit = {
    id: newId('crd'),
    organizationId,
    currency: currency.code,
    amount,
    reason: given.length === 0 ? reasonOf(statement) : `${reasonOf(statement)}; ${before} was granted before`,
    source: 'sla',
    author: WEIR,
    grantedMs: nowMs,
  }
  await addCredit(trx, credit)
  await addSlaCredit(trx, { id: credit.id, organizationId, month })
  await tell(trx, credit, month)
  return credit.id
}

async function isOpened(
  trx: Transaction<Schema>,
  organizationId: string,
  { sla, report }: SlaStatement,
  nowMs: number,
): Promise<boolean> {
  if (sla.form === 'none') return false
  if (sla.credit === 'automatic') return true
  return (await claimedMonths(trx, organizationId, sla, nowMs)).has(report.month)
}

function reasonOf({ report: { month, uptime, target, downSeconds } }: SlaStatement): string {
  return `SLA of ${month}: uptime ${uptime} %, promised ${target} %, ${downSeconds} seconds down`
}

async function tell(
  trx: Transaction<Schema>,
  { id, organizationId, amount, currency, reason, source, grantedMs: atMs }: Credit,
  month: string,
): Promise<void> {
  const details = { amount, currency, reason, source, month }
  const action = 'credit.granted'
  await addAuditEntry(trx, { atMs, actor: WEIR, action, subject: id, organizationId, details })
  await addEvent(trx, { type: action, organizationId, atMs, data: { credit: id, ...details } })
}
