import type { Transaction } from 'kysely'
import { minorUnits } from '../../core/exact/money.ts'
import type { InvoiceStanding } from '../../core/pricing/invoice-standing.ts'
import { addEvent } from '../../store/events.ts'
import type { StoredInvoice } from '../../store/invoices.ts'
import type { Schema } from '../../store/schema.ts'
import { mailCustomer } from '../channels/mail-customer.ts'
import { mailProvider } from '../channels/mail-provider.ts'
import type { Mails } from '../channels/mail.ts'
import { closedMail, heldMail, overdueMail } from './invoice-mail.ts'

// What the outside hears of an invoice. Each belongs into the transaction of the change that it tells of.

/** It has its number: an event, and a mail to who pays. Where credits left nothing to pay, it is paid as well. */
export async function tellClosed(
  trx: Transaction<Schema>,
  mails: Mails,
  invoice: StoredInvoice,
  nowMs: number,
): Promise<void> {
  const { organizationId, document } = invoice
  const { issuedOn, total, currency } = document
  const data = { ...factsOf(invoice), issuedOn }
  await addEvent(trx, { type: 'invoice.closed', organizationId, atMs: nowMs, data })
  await mailCustomer(trx, mails, { organizationId, to: 'billing', ...closedMail(document) }, nowMs)
  if (minorUnits(total, currency.minorDigits) === 0n) await tellPaid(trx, invoice, nowMs)
}

/** A person has to look before it is issued, though nobody asked for that: a mail to the provider's finance and operators. */
export async function tellHeld(
  trx: Transaction<Schema>,
  mails: Mails,
  invoice: StoredInvoice,
  reasons: readonly string[],
  nowMs: number,
): Promise<void> {
  await mailProvider(
    trx,
    mails,
    { ...heldMail(invoice.document, reasons), to: ['finance', 'operator'] },
    nowMs,
  )
}

export async function tellPaid(
  trx: Transaction<Schema>,
  invoice: StoredInvoice,
  nowMs: number,
): Promise<void> {
  const { organizationId } = invoice
  await addEvent(trx, { type: 'invoice.paid', organizationId, atMs: nowMs, data: factsOf(invoice) })
}

/** It was paid, and a payment was taken back: whoever heard the one has to hear the other. */
export async function tellUnpaid(
  trx: Transaction<Schema>,
  invoice: StoredInvoice,
  { paid, due }: InvoiceStanding,
  nowMs: number,
): Promise<void> {
  const { organizationId } = invoice
  const data = { ...factsOf(invoice), paid, due }
  await addEvent(trx, { type: 'invoice.unpaid', organizationId, atMs: nowMs, data })
}

/** Its last day to pay is over: an event, and a mail to who pays. */
export async function tellOverdue(
  trx: Transaction<Schema>,
  mails: Mails,
  invoice: StoredInvoice,
  standing: InvoiceStanding,
  nowMs: number,
): Promise<void> {
  const { organizationId, document } = invoice
  const data = { ...factsOf(invoice), paid: standing.paid, due: standing.due }
  await addEvent(trx, { type: 'invoice.overdue', organizationId, atMs: nowMs, data })
  await mailCustomer(trx, mails, { organizationId, to: 'billing', ...overdueMail(document, standing) }, nowMs)
}

function factsOf({ id, document }: StoredInvoice) {
  const { number, month, dueOn, total, currency, testClock } = document
  return { invoice: id, number, month, dueOn, total, currency: currency.code, testClock }
}
