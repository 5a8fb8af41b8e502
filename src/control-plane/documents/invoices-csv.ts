import { fromMinorUnits, minorUnits } from '../../core/exact/money.ts'
import type { InvoiceDocument } from '../../core/pricing/invoice-document.ts'
import type { InvoiceStatus } from '../../core/pricing/invoice-standing.ts'
import { taxCategory } from './tax-numbers.ts'

/**
 * Documents as one table for accounting (RFC 4180, UTF-8, CRLF): a row for each line, each credit applied and the
 * tax. The `amount`s of a document add up to its total; credits, and whole credit notes, are below zero.
 */
export function invoicesCsv(
  invoices: readonly { readonly document: InvoiceDocument; readonly status: InvoiceStatus }[],
): string {
  const head = COLUMNS.map(([name]) => name)
  const rows = invoices.flatMap(({ document, status }) =>
    rowsOf(document).map((row, index) =>
      COLUMNS.map(([, cellOf]) => cell(cellOf(document, { ...row, status, position: index + 1 }))),
    ),
  )
  return [head, ...rows].map(cells => `${cells.join(',')}\r\n`).join('')
}

/** A number is written as it is; text may be a customer’s, and is guarded. */
type Cell = string | { readonly number: string } | null

interface Row {
  readonly kind: string
  readonly description: string
  readonly quantity?: number
  readonly included?: number | null
  readonly rate?: string | null
  readonly amount: string
}

type Placed = Row & { readonly position: number; readonly status: InvoiceStatus }

type Column = readonly [name: string, (document: InvoiceDocument, row: Placed) => Cell]

const COLUMNS: readonly Column[] = [
  ['number', ({ number }) => number],
  ['kind', ({ kind }) => kind],
  ['status', (_, { status }) => status],
  ['test_clock', ({ testClock }) => String(testClock)],
  ['month', ({ month }) => month],
  ['issued_on', ({ issuedOn }) => issuedOn],
  ['due_on', ({ dueOn }) => dueOn],
  ['corrects', ({ corrects }) => corrects],
  ['organization_id', ({ customer }) => customer.organizationId],
  ['customer', ({ customer }) => customer.legalName ?? customer.name],
  ['customer_country', ({ customer }) => customer.country],
  ['customer_tax_id', ({ customer }) => customer.taxId],
  ['purchase_order', ({ customer }) => customer.purchaseOrder],
  ['row', (_, { position }) => plain(position)],
  ['row_kind', (_, { kind }) => kind],
  ['description', (_, { description }) => description],
  ['quantity', (_, { quantity }) => plain(quantity)],
  ['included', (_, { included }) => plain(included)],
  ['rate', (_, { rate }) => plain(rate)],
  ['amount', (document, { amount }) => plain(signed(document, amount))],
  ['currency', ({ currency }) => currency.code],
  ['tax_category', ({ tax }) => taxCategory(tax)],
  ['tax_percent', ({ tax }) => plain(tax.percent)],
  ['document_id', ({ id }) => id],
  ['contract_version', ({ contractVersion }) => plain(contractVersion)],
]

function rowsOf({ lines, creditsApplied, tax }: InvoiceDocument): Row[] {
  const credits = creditsApplied.map(({ reason, amount }) => ({
    kind: 'credit',
    description: reason,
    amount: turned(amount),
  }))
  return [...lines, ...credits, { kind: 'tax', description: tax.words, amount: tax.amount }]
}

function signed({ kind, currency: { minorDigits } }: InvoiceDocument, amount: string): string {
  const whole = fromMinorUnits(minorUnits(amount, minorDigits), minorDigits)
  return kind === 'credit-note' ? turned(whole) : whole
}

function turned(amount: string): string {
  if (!/[1-9]/.test(amount)) return amount
  return amount.startsWith('-') ? amount.slice(1) : `-${amount}`
}

function plain(value: number | string | null | undefined): Cell {
  return value === null || value === undefined ? null : { number: String(value) }
}

function cell(value: Cell): string {
  if (value === null) return ''
  const text = typeof value === 'string' ? guarded(value) : value.number
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A spreadsheet reckons what begins like a formula, also behind spaces; behind an apostrophe it is text. */
function guarded(text: string): string {
  return /^[\s\0]*[=+\-@|%]/.test(text) || /^[\t\r\n]/.test(text) ? `'${text}` : text
}
