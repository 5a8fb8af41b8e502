import type { Kysely } from 'kysely'
import { totalOf } from '../../core/exact/money.ts'
import type { InvoiceDocument, InvoiceTax } from '../../core/pricing/invoice-document.ts'
import type { InvoiceLine } from '../../core/pricing/invoice-line.ts'
import { newId } from '../../identity/credentials.ts'
import { addAuditEntry } from '../../store/audit.ts'
import { creditsOf, useCredits } from '../../store/credits.ts'
import { addInvoice, type StoredInvoice } from '../../store/invoices.ts'
import type { Schema } from '../../store/schema.ts'
import { issued, WEIR } from './issue.ts'
import { openCredits } from './month-facts.ts'
import { type MonthToReckon, reckonMonth, sameTaxOn } from './reckon-month.ts'

/** A line of a credit note, above zero as all amounts of one are. */
export interface CreditLine {
  readonly description: string
  readonly amount: string
  readonly because: string
}

/** Who issues a credit note, and why: the reason is the provider's own, and not written on the note. */
export interface IssuedBy {
  readonly author: string
  readonly reason: string
  readonly nowMs: number
}

/** Takes back from a final invoice, with the tax that it charged. The invoice itself stays as it is. */
export async function addCreditNote(
  db: Kysely<Schema>,
  invoice: StoredInvoice,
  lines: readonly CreditLine[],
  by: IssuedBy,
): Promise<StoredInvoice> {
  const { document, id, month } = invoice
  return write(
    db,
    { ...noteOn(document, document.tax, lines), corrects: document.number },
    { organizationId: invoice.organizationId, month, corrects: id },
    by,
  )
}

/** What such a credit note would give back, tax and all. */
export function creditNoteTotal({ document }: StoredInvoice, lines: readonly CreditLine[]): string {
  return noteOn(document, document.tax, lines).total
}

/** What is left of a customer's credits when it has left; nothing if nothing is left. */
export async function creditNoteForLeaving(
  db: Kysely<Schema>,
  facts: MonthToReckon,
  nowMs: number,
): Promise<void> {
  const { organization, month, version } = facts
  const credits = openCredits(await creditsOf(db, organization.id), version.contract.currency)
  if (credits.length === 0) return
  const { document } = reckonMonth({ ...facts, manualLines: [], corrections: [], credits: [] })
  const lines = credits.map(({ amount, reason }) => ({
    description: 'Credit that was left',
    amount,
    because: reason,
  }))
  const reason = 'The customer has left.'
  const note = await write(
    db,
    { ...noteOn(document, document.tax, lines), corrects: null },
    { organizationId: organization.id, month, corrects: undefined },
    { author: WEIR, reason, nowMs },
  )
  await useCredits(db, note.id, credits)
  const { number, total } = note.document
  await addAuditEntry(db, {
    atMs: nowMs,
    actor: WEIR,
    action: 'credit-note.issued',
    subject: note.id,
    organizationId: organization.id,
    details: { number, total, reason },
  })
}

function noteOn(of: InvoiceDocument, tax: InvoiceTax, lines: readonly CreditLine[]): InvoiceDocument {
  const { minorDigits } = of.currency
  const shown = lines.map(lineOf)
  const subtotal = totalOf(
    shown.map(({ amount }) => amount),
    minorDigits,
  )
  const taxed = sameTaxOn(subtotal, tax, minorDigits)
  return {
    ...of,
    kind: 'credit-note',
    lines: shown,
    subtotal,
    creditsApplied: [],
    taxable: subtotal,
    tax: taxed,
    total: totalOf([subtotal, taxed.amount], minorDigits),
  }
}

function lineOf({ description, amount, because }: CreditLine): InvoiceLine {
  return {
    kind: 'manual',
    description,
    quantity: 1,
    included: null,
    rate: null,
    amount,
    interval: null,
    because: [because],
  }
}

async function write(
  db: Kysely<Schema>,
  draft: InvoiceDocument,
  about: Pick<StoredInvoice, 'organizationId' | 'month' | 'corrects'>,
  { author, reason, nowMs }: IssuedBy,
): Promise<StoredInvoice> {
  const id = newId('inv')
  const final = await issued(db, { ...draft, id }, nowMs)
  const note: StoredInvoice = {
    ...about,
    ...final,
    id,
    kind: 'credit-note',
    status: 'final',
    createdMs: nowMs,
    author,
    reason,
  }
  await addInvoice(db, note)
  return note
}
