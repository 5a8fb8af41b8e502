import type { Kysely } from 'kysely'
import type { InvoiceDocument } from '../../core/pricing/invoice-document.ts'
import { startOfDayAfter } from '../../core/time/month.ts'
import { newId } from '../../identity/credentials.ts'
import { type StoredInvoice, takeNumber } from '../../store/invoices.ts'
import type { Schema } from '../../store/schema.ts'
import { grantCredit } from './grant-credit.ts'
import { carriedOver } from './reckon-month.ts'

/** Of audit rows, credits and notices that nobody asked for. */
export const WEIR = 'weir'

/**
 * Gives a draft its number and its dates: from here on it does not change. The number comes out of the transaction
 * that writes the document, so numbers have no gaps; they begin anew with each year of issue.
 */
export async function issued(
  db: Kysely<Schema>,
  draft: InvoiceDocument,
  nowMs: number,
): Promise<{ readonly document: InvoiceDocument; readonly dueMs: number | undefined }> {
  const issuedOn = dayOf(nowMs)
  const year = issuedOn.slice(0, 4)
  const number = `${year}-${String(await takeNumber(db, year)).padStart(6, '0')}`
  const days = draft.kind === 'invoice' ? draft.provider?.paymentTermsDays : undefined
  // The last day to pay is a whole day.
  const dueMs = days === undefined ? undefined : startOfDayAfter(nowMs, days + 1)
  const dueOn = days === undefined ? null : dayOf(startOfDayAfter(nowMs, days))
  return { document: { ...draft, status: 'final', number, issuedOn, dueOn }, dueMs }
}

export async function leaveCredit(
  db: Kysely<Schema>,
  { organizationId, document }: StoredInvoice,
  nowMs: number,
): Promise<void> {
  const amount = carriedOver(document)
  if (amount === undefined) return
  await grantCredit(db, {
    id: newId('crd'),
    organizationId,
    currency: document.currency.code,
    amount,
    reason: `Carried over from invoice ${document.number}`,
    source: 'carried-over',
    author: WEIR,
    grantedMs: nowMs,
  })
}

function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10)
}
