import type { Transaction } from 'kysely'
import type { InvoiceDocument } from '../../core/pricing/invoice-document.ts'
import { creditsOf, giveBackCredits, useCredits, type UsedCredit } from '../../store/credits.ts'
import {
  correctionsIn,
  listInvoices,
  replaceWaitingInvoice,
  type StoredInvoice,
} from '../../store/invoices.ts'
import { findOrganization } from '../../store/organizations.ts'
import type { Schema } from '../../store/schema.ts'
import { issued, leaveCredit } from './issue.ts'
import { factsOfMonth, type InvoicingDeps } from './month-facts.ts'
import { reckonMonth } from './reckon-month.ts'

/** As an invoice is kept until a person approves it. */
export function waiting(document: InvoiceDocument) {
  const status = 'awaiting-approval' as const
  return { status, document: { ...document, status }, dueMs: undefined }
}

/** More than anyone leaves waiting. */
const MOST_WAITING = 1000

/**
 * Reckons anew all that waits for approval, with what people have changed since: lines, credits, name, address, tax,
 * purchase order. Usage stays as it was when the month closed. What is shown is then what an approval would issue.
 */
export async function reckonWaiting(
  trx: Transaction<Schema>,
  deps: InvoicingDeps,
  organizationId: string,
): Promise<StoredInvoice[]> {
  const page = { limit: MOST_WAITING, after: undefined }
  const all = await listInvoices(trx, { ...page, organizationId, status: 'awaiting-approval' })
  const before = await creditsOf(trx, organizationId)
  // All give back first: the oldest month takes first, whatever a later one had taken.
  for (const { id } of all) await giveBackCredits(trx, id)
  const reckoned: StoredInvoice[] = []
  for (const invoice of all.toSorted((a, b) => (a.month < b.month ? -1 : 1))) {
    reckoned.push(await reckonOne(trx, deps, invoice, before))
  }
  return reckoned
}

async function reckonOne(
  trx: Transaction<Schema>,
  deps: InvoicingDeps,
  invoice: StoredInvoice,
  before: readonly UsedCredit[],
): Promise<StoredInvoice> {
  const { id, organizationId, month, document } = invoice
  const organization = await findOrganization(trx, organizationId)
  if (organization === undefined) throw new Error(`there is no organization ${organizationId}`)
  const usages = new Map([[month, document.usage]])
  const facts = await factsOfMonth(trx, deps, { id, organization, month, usages })
  const late = new Set(before.filter(credit => isForTheNext(credit, invoice)).map(credit => credit.id))
  const credits = facts.credits.filter(credit => !late.has(credit.id))
  const reckoned = reckonMonth({ ...facts, credits, corrections: await correctionsIn(trx, id) })
  const changed = { ...invoice, ...waiting(reckoned.document) }
  await replaceWaitingInvoice(trx, changed)
  await useCredits(trx, id, reckoned.credits)
  return changed
}

/** What down time is worth, once the month is closed, lowers the next invoice, as if this one had not waited. */
function isForTheNext({ source, grantedMs, uses }: UsedCredit, { id, createdMs }: StoredInvoice): boolean {
  return source === 'sla' && grantedMs >= createdMs && !uses.some(({ invoiceId }) => invoiceId === id)
}

/**
 * Approves what waits, as it is right at this instant: it gets its number, and leaves its credit behind if it came out
 * below zero; what else waits may use that. Throws for one that does not wait.
 */
export async function approveInvoice(
  trx: Transaction<Schema>,
  deps: InvoicingDeps,
  { id, organizationId }: StoredInvoice,
  nowMs: number,
): Promise<StoredInvoice> {
  const right = (await reckonWaiting(trx, deps, organizationId)).find(each => each.id === id)
  if (right === undefined) throw new Error(`invoice ${id} does not wait for approval`)
  const final = { ...right, ...(await issued(trx, right.document, nowMs)), status: 'final' as const }
  await replaceWaitingInvoice(trx, final)
  await leaveCredit(trx, final, nowMs)
  await reckonWaiting(trx, deps, organizationId)
  return final
}
