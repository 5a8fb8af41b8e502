import { z } from '@hono/zod-openapi'
import type { Kysely } from 'kysely'
import type { InvoiceDocument } from '../../core/pricing/invoice-document.ts'
import {
  INVOICE_STATUSES,
  type InvoiceStanding,
  invoiceStanding,
} from '../../core/pricing/invoice-standing.ts'
import { creditNotesOf, type StoredInvoice } from '../../store/invoices.ts'
import { type Payment, paymentsOf, type WriteOff, writeOffsOf } from '../../store/payments.ts'
import type { Schema } from '../../store/schema.ts'
import { instantText } from './instants.ts'

const money = z.string().openapi({ example: '1299.00' })

const line = z.object({
  kind: z.enum(['plan', 'support-plan', 'add-on', 'overage', 'manual', 'correction']),
  description: z.string(),
  quantity: z.number(),
  included: z.number().nullable(),
  rate: z.string().nullable(),
  amount: money,
  interval: z.enum(['monthly', 'annual']).nullable(),
  because: z.array(z.string()).openapi({ description: 'The steps that lead to the amount.' }),
})

const party = z.record(z.string(), z.unknown())

export const invoiceAnswer = z
  .object({
    id: z.string().openapi({ example: 'inv_93c1b0d72ab4489ce21f6d05' }),
    kind: z.enum(['invoice', 'credit-note']),
    status: z.enum(INVOICE_STATUSES),
    number: z.string().nullable().openapi({ example: '2026-000123' }),
    month: z.string().openapi({ example: '2026-10' }),
    issuedOn: z.string().nullable(),
    dueOn: z.string().nullable(),
    contractVersion: z.number().int(),
    testClock: z.boolean().openapi({ description: 'True: made on a test’s clock, a claim on nobody.' }),
    currency: z.object({ code: z.string(), minorDigits: z.number().int() }),
    provider: party.nullable(),
    customer: party,
    corrects: z.string().nullable(),
    lines: z.array(line),
    subtotal: money,
    creditsApplied: z.array(z.object({ id: z.string(), amount: money, reason: z.string() })),
    taxable: money,
    tax: z.object({ kind: z.string(), percent: z.string(), amount: money, words: z.string() }),
    total: money,
    usage: z.object({ mau: z.number().int(), connections: z.number().int() }),
    paid: money,
    credited: money.openapi({ description: 'The totals of the credit notes on it.' }),
    due: money.openapi({ description: 'Still to be paid.' }),
    owedBack: money.openapi({ description: 'What the provider has to pay back.' }),
    payments: z.array(
      z.object({ id: z.string(), amount: money, at: z.string(), reference: z.string().nullable() }),
    ),
    writtenOff: z.object({ amount: money, reason: z.string(), at: z.string() }).nullable(),
    creditNotes: z.array(z.object({ id: z.string(), number: z.string().nullable(), total: money })),
  })
  .openapi('Invoice')

type InvoiceAnswer = z.output<typeof invoiceAnswer>

/** What happened to an invoice since it was written. */
export interface InvoiceHistory {
  readonly standing: InvoiceStanding
  readonly payments: readonly Payment[]
  readonly writeOff: WriteOff | undefined
  readonly creditNotes: readonly StoredInvoice[]
}

export async function historyOf(
  db: Kysely<Schema>,
  invoice: StoredInvoice,
  nowMs: number,
): Promise<InvoiceHistory> {
  const happened = await happenedTo(db, [invoice])
  return happened(invoice, nowMs)
}

/** Three reads, however many invoices there are. */
async function happenedTo(
  db: Kysely<Schema>,
  invoices: readonly StoredInvoice[],
): Promise<(invoice: StoredInvoice, nowMs: number) => InvoiceHistory> {
  const ids = invoices.map(({ id }) => id)
  const payments = await paymentsOf(db, ids)
  const writeOffs = await writeOffsOf(db, ids)
  const creditNotes = await creditNotesOf(db, ids)
  return (invoice, nowMs) => {
    const { id } = invoice
    const history = {
      payments: payments.get(id) ?? [],
      writeOff: writeOffs.get(id),
      creditNotes: creditNotes.get(id) ?? [],
    }
    return { ...history, standing: standingOf(invoice, history, nowMs) }
  }
}

function standingOf(
  invoice: StoredInvoice,
  { payments, writeOff, creditNotes }: Omit<InvoiceHistory, 'standing'>,
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
  const zero = standing.paid
  const owedBack = corrects === undefined ? document.total : zero
  return { ...standing, status: 'issued', due: zero, owedBack }
}

/** A stored invoice with what became of it. */
export async function showInvoice(
  db: Kysely<Schema>,
  invoice: StoredInvoice,
  nowMs: number,
): Promise<InvoiceAnswer> {
  return shown(invoice, await historyOf(db, invoice, nowMs))
}

/** Several, in their order. */
export async function showInvoices(
  db: Kysely<Schema>,
  invoices: readonly StoredInvoice[],
  nowMs: number,
): Promise<InvoiceAnswer[]> {
  if (invoices.length === 0) return []
  const happened = await happenedTo(db, invoices)
  return invoices.map(invoice => shown(invoice, happened(invoice, nowMs)))
}

function shown(
  invoice: StoredInvoice,
  { standing, payments, writeOff, creditNotes }: InvoiceHistory,
): InvoiceAnswer {
  return {
    ...plain(invoice.document),
    ...standing,
    payments: payments.map(({ id, amount, atMs, reference }) => ({
      id,
      amount,
      at: instantText(atMs),
      reference: reference ?? null,
    })),
    writtenOff:
      writeOff === undefined
        ? null
        : { amount: writeOff.amount, reason: writeOff.reason, at: instantText(writeOff.atMs) },
    creditNotes: creditNotes.map(({ id, document: { number, total } }) => ({ id, number, total })),
  }
}

/** A draft: nothing is to be paid on it yet. */
export function showDraft(document: InvoiceDocument): InvoiceAnswer {
  const fate = { total: '0', payments: [], creditNotes: [], writtenOff: undefined, dueMs: undefined }
  const { paid, credited, due, owedBack } = invoiceStanding(fate, 0, document.currency.minorDigits)
  const nothing = { paid, credited, due, owedBack, payments: [], writtenOff: null, creditNotes: [] }
  return { ...plain(document), status: 'draft', ...nothing }
}

function plain(document: InvoiceDocument) {
  return {
    ...document,
    provider: document.provider === null ? null : { ...document.provider },
    customer: { ...document.customer },
    lines: document.lines.map(each => ({ ...each, because: [...each.because] })),
    creditsApplied: [...document.creditsApplied],
  }
}
