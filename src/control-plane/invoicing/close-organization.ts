import type { Transaction } from 'kysely'
import { monthOf, monthSpan } from '../../core/time/month.ts'
import { newId } from '../../identity/credentials.ts'
import { addAuditEntry } from '../../store/audit.ts'
import { addClosedMonth, isClosedMonth } from '../../store/closed-months.ts'
import { useCredits } from '../../store/credits.ts'
import { addCorrection, addInvoice, type StoredInvoice } from '../../store/invoices.ts'
import { findOrganization } from '../../store/organizations.ts'
import type { Schema } from '../../store/schema.ts'
import { type SlaDeps, closeSla } from '../availability/close-sla.ts'
import type { ClosingMonth } from '../availability/organization-sla.ts'
import type { Mails } from '../channels/mail.ts'
import { reverseChargeGaps } from '../documents/reverse-charge.ts'
import { creditNoteForLeaving } from './credit-notes.ts'
import { issued, leaveCredit, WEIR } from './issue.ts'
import { factsOfMonth, type InvoicingDeps, type Usages } from './month-facts.ts'
import { hasAmounts, type MonthToReckon, reckonMonth } from './reckon-month.ts'
import { tellClosed, tellHeld } from './tell-invoice.ts'
import { waiting } from './waiting-invoices.ts'

export interface MonthToClose {
  readonly organizationId: string
  readonly month: string
  /** The first that the organization has to be billed for. */
  readonly firstMonth: string
  readonly usages: Usages
  /** What slices tell of the month, and of the closed months before it that may be put right: read ahead, as usage. */
  readonly availability: readonly ClosingMonth[]
}

/**
 * Closes a month of one organization, once: in the caller's transaction it writes the invoice, its number, what it
 * took from credits, its uptime with its evidence, and that the month is closed. A month that is closed already is left alone. Throws while the
 * month before is open, since its credits and corrections come first.
 */
export async function closeOrganization(
  trx: Transaction<Schema>,
  deps: InvoicingDeps & SlaDeps & { readonly mails: Mails },
  { organizationId, month, firstMonth, usages, availability }: MonthToClose,
  nowMs: number,
): Promise<void> {
  if (await isClosedMonth(trx, organizationId, month)) return
  const before = monthOf(monthSpan(month).startMs - 1)
  if (before >= firstMonth && !(await isClosedMonth(trx, organizationId, before))) {
    throw new Error(`its month ${before} is not closed yet`)
  }
  const organization = await findOrganization(trx, organizationId)
  if (organization === undefined) throw new Error('there is no such organization')
  const facts = await factsOfMonth(trx, deps, { id: newId('inv'), organization, month, usages })
  const invoice = await writeInvoice(trx, facts, deps.mails, nowMs)
  await addClosedMonth(trx, { organizationId, month, invoiceId: invoice?.id, closedMs: nowMs })
  if (invoice?.status === 'final') await tellClosed(trx, deps.mails, invoice, nowMs)
  const { arrangements, leftMs } = await deps.agreements.of(trx, organizationId)
  // After the invoice: a month's credit lowers the next one to close.
  const billed = { lines: reckonMonth(facts).document.lines, currency: facts.version.contract.currency }
  const sla = { organizationId, month, months: availability, arrangements, billed }
  await closeSla(trx, deps, sla, nowMs)
  const hasLeft = leftMs !== undefined && leftMs <= monthSpan(month).endMs
  if (hasLeft) await creditNoteForLeaving(trx, facts, nowMs)
  const details = { month, invoice: invoice?.id ?? null, number: invoice?.document.number ?? null }
  const told = { atMs: nowMs, actor: WEIR, subject: invoice?.id ?? organizationId, organizationId, details }
  await addAuditEntry(trx, { ...told, action: 'month.closed' })
}

/** undefined: there is nothing to bill. A reverse charge that lacks what the law wants waits for a person. */
async function writeInvoice(
  trx: Transaction<Schema>,
  facts: MonthToReckon,
  mails: Mails,
  nowMs: number,
): Promise<StoredInvoice | undefined> {
  const { document, credits } = reckonMonth(facts)
  if (!hasAmounts(document)) return undefined
  const { id, month, organization, settings } = facts
  const about = { id, organizationId: organization.id, month, kind: 'invoice' as const }
  const base = { ...about, corrects: undefined, author: undefined, reason: undefined }
  const gaps = reverseChargeGaps(document)
  const invoice: StoredInvoice =
    settings.approval || gaps.length > 0
      ? { ...base, ...waiting(document), createdMs: nowMs }
      : { ...base, ...(await issued(trx, document, nowMs)), status: 'final', createdMs: nowMs }
  await addInvoice(trx, invoice)
  await useCredits(trx, id, credits)
  for (const correction of facts.corrections) await addCorrection(trx, { ...correction, invoiceId: id })
  if (invoice.status === 'final') await leaveCredit(trx, invoice, nowMs)
  else if (gaps.length > 0) await tellHeld(trx, mails, invoice, gaps, nowMs)
  return invoice
}
