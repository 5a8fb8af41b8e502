import type { Kysely } from 'kysely'
import { totalOf } from '../../core/exact/money.ts'
import { type InvoiceStanding, invoiceStanding } from '../../core/pricing/invoice-standing.ts'
import { creditNotesOf, type StoredInvoice } from '../../store/invoices.ts'
import { memberNames } from '../../store/members.ts'
import { type Payment, paymentsOf, type WriteOff, writeOffsOf } from '../../store/payments.ts'
import type { Schema } from '../../store/schema.ts'

/** What happened to an invoice since it was written. */
export interface InvoiceHistory {
  readonly standing: InvoiceStanding
  readonly payments: readonly Payment[]
  readonly writeOff: WriteOff | undefined
  readonly creditNotes: readonly StoredInvoice[]
  /** How those are called who did it. */
  readonly nameOf: (id: string) => string
}

export async function historyOf(
  db: Kysely<Schema>,
  invoice: StoredInvoice,
  nowMs: number,
): Promise<InvoiceHistory> {
  const happened = await happenedTo(db, [invoice])
  return happened(invoice, nowMs)
}

/** Four reads, however many invoices there are. */
export async function happenedTo(
  db: Kysely<Schema>,
  invoices: readonly StoredInvoice[],
): Promise<(invoice: StoredInvoice, nowMs: number) => InvoiceHistory> {
  const ids = invoices.map(({ id }) => id)
  const payments = await paymentsOf(db, ids)
  const writeOffs = await writeOffsOf(db, ids)
  const creditNotes = await creditNotesOf(db, ids)
  const nameOf = await memberNames(
    db,
    [
      ...[...payments.values()].flat(),
      ...writeOffs.values(),
      ...[...creditNotes.values()].flat(),
      ...invoices,
    ].flatMap(({ author }) => author ?? []),
  )
  return (invoice, nowMs) => {
    const { id } = invoice
    const history = {
      payments: payments.get(id) ?? [],
      writeOff: writeOffs.get(id),
      creditNotes: creditNotes.get(id) ?? [],
    }
    return { ...history, nameOf, standing: standingOf(invoice, history, nowMs) }
  }
}

function standingOf(
  invoice: StoredInvoice,
  { payments, writeOff, creditNotes }: Omit<InvoiceHistory, 'standing' | 'nameOf'>,
  nowMs: number,
): InvoiceStanding {
  const { document, dueMs } = invoice
  const fate = {
    total: document.total,
    payments: payments.map(({ amount }) => amount),
    creditNotes: creditNotes.map(note => note.document.total),
    writtenOff: writeOff?.amount,
    dueMs,
  }
  return ofKind(invoice, invoiceStanding(fate, nowMs, document.currency.minorDigits))
}

/** Nothing is to be paid on a credit note, nor yet on what waits for approval. */
function ofKind(
  { kind, status, corrects, document }: StoredInvoice,
  standing: InvoiceStanding,
): InvoiceStanding {
  if (status === 'awaiting-approval') return { ...standing, status }
  if (kind === 'invoice') return standing
  const { minorDigits } = document.currency
  const zero = totalOf([], minorDigits)
  // What was paid back on it is below zero.
  const owedBack = corrects === undefined ? totalOf([document.total, standing.paid], minorDigits) : zero
  return { ...standing, status: 'issued', paid: zero, due: zero, owedBack }
}
