import { z } from '@hono/zod-openapi'
import type { Kysely } from 'kysely'
import type { InvoiceDocument } from '../../core/pricing/invoice-document.ts'
import { INVOICE_STATUSES, invoiceStanding } from '../../core/pricing/invoice-standing.ts'
import type { StoredInvoice } from '../../store/invoices.ts'
import type { Payment } from '../../store/payments.ts'
import type { Schema } from '../../store/schema.ts'
import { reverseChargeGaps } from '../documents/reverse-charge.ts'
import { happenedTo, historyOf, type InvoiceHistory } from './invoice-history.ts'
import { instantText } from './instants.ts'
import { internalReason, personFields, showPerson } from './people.ts'

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

const payment = z.object({
  id: z.string().openapi({ example: 'pay_5c3d90ab12e84f67b1d02c9e' }),
  kind: z
    .enum(['payment', 'reversal', 'refund'])
    .openapi({ description: '`reversal` takes back what was recorded by mistake; `refund` was paid back.' }),
  amount: money.openapi({ description: 'Below zero where money went back.' }),
  at: z.string(),
  reference: z.string().nullable(),
  reverses: z.string().nullable().openapi({ description: 'Of a reversal: the payment that it takes back.' }),
  reason: internalReason,
  ...personFields,
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
    payments: z.array(payment),
    writtenOff: z
      .object({ amount: money, at: z.string(), reason: internalReason, ...personFields })
      .nullable(),
    creditNotes: z.array(
      z.object({
        id: z.string(),
        number: z.string().nullable(),
        total: money,
        reason: internalReason,
        ...personFields,
      }),
    ),
    warnings: z.array(z.string()).openapi({
      description:
        'What it lacks, each with what to do: with any, it waits for approval. None on a final one.',
    }),
    reason: internalReason.openapi({ description: 'Of a credit note: why. Null to a customer.' }),
    author: personFields.author.openapi({
      description: 'Of a credit note: who issued it. Null to a customer.',
    }),
    authorName: personFields.authorName,
  })
  .openapi('Invoice')

type InvoiceAnswer = z.output<typeof invoiceAnswer>

/** When, and for whom: ids of people and reasons that are internal are the provider's alone. */
export interface Asked {
  readonly nowMs: number
  readonly toProvider: boolean
}

/** A stored invoice with what became of it. */
export async function showInvoice(
  db: Kysely<Schema>,
  invoice: StoredInvoice,
  asked: Asked,
): Promise<InvoiceAnswer> {
  return shown(invoice, await historyOf(db, invoice, asked.nowMs), asked)
}

/** Several, in their order. */
export async function showInvoices(
  db: Kysely<Schema>,
  invoices: readonly StoredInvoice[],
  asked: Asked,
): Promise<InvoiceAnswer[]> {
  if (invoices.length === 0) return []
  const happened = await happenedTo(db, invoices)
  return invoices.map(invoice => shown(invoice, happened(invoice, asked.nowMs), asked))
}

function shown(
  invoice: StoredInvoice,
  { standing, payments, writeOff, creditNotes, nameOf }: InvoiceHistory,
  { toProvider }: Asked,
): InvoiceAnswer {
  const said = ({ author, reason }: { author?: string | undefined; reason?: string | undefined }) => ({
    reason: toProvider ? (reason ?? null) : null,
    ...(author === undefined ? NOBODY : showPerson(author, nameOf, toProvider)),
  })
  return {
    ...plain(invoice.document),
    ...standing,
    payments: payments.map(each => ({ ...showPayment(each), ...said(each) })),
    writtenOff:
      writeOff === undefined
        ? null
        : { amount: writeOff.amount, at: instantText(writeOff.atMs), ...said(writeOff) },
    creditNotes: creditNotes.map(note => {
      const { number, total } = note.document
      return { id: note.id, number, total, ...said(note) }
    }),
    ...said(invoice),
  }
}

const NOBODY = { author: null, authorName: null }

function showPayment({ id, amount, atMs, reference, reverses }: Payment) {
  const wentBack = amount.startsWith('-')
  const kind = reverses !== undefined ? 'reversal' : wentBack ? 'refund' : 'payment'
  const at = instantText(atMs)
  return { id, kind, amount, at, reference: reference ?? null, reverses: reverses ?? null } as const
}

/** A draft: nothing is to be paid on it yet. */
export function showDraft(document: InvoiceDocument): InvoiceAnswer {
  const fate = { total: '0', payments: [], creditNotes: [], writtenOff: undefined, dueMs: undefined }
  const { paid, credited, due, owedBack } = invoiceStanding(fate, 0, document.currency.minorDigits)
  const nothing = { paid, credited, due, owedBack, payments: [], writtenOff: null, creditNotes: [] }
  return { ...plain(document), status: 'draft', ...nothing, reason: null, ...NOBODY }
}

function plain(document: InvoiceDocument) {
  return {
    ...document,
    provider: document.provider === null ? null : { ...document.provider },
    customer: { ...document.customer },
    lines: document.lines.map(each => ({ ...each, because: [...each.because] })),
    creditsApplied: [...document.creditsApplied],
    warnings: document.status === 'final' ? [] : reverseChargeGaps(document),
  }
}
