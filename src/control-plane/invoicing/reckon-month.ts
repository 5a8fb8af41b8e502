import { minorUnits, fromMinorUnits, totalOf } from '../../core/exact/money.ts'
import type { CreditUse, OpenCredit } from '../../core/pricing/apply-credits.ts'
import type { Customer, InvoiceDocument, InvoiceTax } from '../../core/pricing/invoice-document.ts'
import type { InvoiceLine } from '../../core/pricing/invoice-line.ts'
import { invoiceLines } from '../../core/pricing/invoice-lines.ts'
import { totalInvoice } from '../../core/pricing/invoice-total.ts'
import { type Tax, type TaxRule, taxOn } from '../../core/pricing/tax.ts'
import type { Arrangement } from '../../core/pricing/arrangement.ts'
import type { InvoicingSettings } from '../../store/invoicing-settings.ts'
import type { ManualLine } from '../../store/manual-lines.ts'
import type { Organization } from '../../store/organizations.ts'
import type { BilledUsage } from '../usage/month-usage.ts'
import type { PricedVersion } from './agreement.ts'

/** A credit with what it is owed for, as an invoice shows it. */
export interface NamedCredit extends OpenCredit {
  readonly reason: string
}

/** A line that a person added, with the name that the invoice says. */
export interface NamedLine extends ManualLine {
  readonly authorName: string
}

/** The line that puts right a closed month. */
export interface Correction {
  readonly month: string
  readonly line: InvoiceLine
}

export interface MonthToReckon {
  readonly id: string
  readonly organization: Organization
  readonly month: string
  readonly arrangements: readonly Arrangement[]
  /** Whose prices held at the month's end. */
  readonly version: PricedVersion
  readonly usage: BilledUsage
  readonly manualLines: readonly NamedLine[]
  readonly corrections: readonly Correction[]
  readonly credits: readonly NamedCredit[]
  readonly settings: InvoicingSettings
  readonly testClock: boolean
}

/** A month's invoice as a draft, and what its credits gave. A value: nothing is read and nothing is written. */
export function reckonMonth(facts: MonthToReckon): { document: InvoiceDocument; credits: CreditUse[] } {
  const { version, organization, settings, usage, month } = facts
  const { currency, provider, billing } = version.contract
  const rule = settings.tax ?? { kind: 'rate', percent: billing.taxPercent }
  const lines = withoutDebt(allLines(facts), currency.minorDigits)
  const total = totalInvoice({ lines, credits: facts.credits, tax: rule, currency })
  const reasons = new Map(facts.credits.map(({ id, reason }) => [id, reason]))
  const document: InvoiceDocument = {
    id: facts.id,
    kind: 'invoice',
    status: 'draft',
    number: null,
    month,
    issuedOn: null,
    dueOn: null,
    contractVersion: version.version,
    testClock: facts.testClock,
    currency,
    provider: provider ?? null,
    customer: customerOf(organization, settings),
    corrects: null,
    lines,
    subtotal: total.subtotal,
    creditsApplied: total.creditsApplied.map(use => ({ ...use, reason: reasons.get(use.id) ?? '' })),
    taxable: total.taxable,
    tax: shownTax(rule, total.tax),
    total: total.total,
    usage: { mau: usage.mau, connections: usage.connections },
  }
  return { document, credits: [...total.creditsApplied] }
}

/** Fees and overage of the month alone: what corrections of it compare. */
export function ownLines({ month, version, arrangements, usage }: MonthToReckon): InvoiceLine[] {
  return invoiceLines({ month, currency: version.contract.currency, arrangements, usage })
}

function allLines(facts: MonthToReckon): InvoiceLine[] {
  const corrections = facts.corrections.map(({ line }) => line)
  return [...ownLines(facts), ...facts.manualLines.map(manualLine), ...corrections]
}

/** The reason stays inside: what the customer is to read is the description. */
function manualLine({ description, amount, authorName }: NamedLine): InvoiceLine {
  return {
    kind: 'manual',
    description,
    quantity: 1,
    included: null,
    rate: null,
    amount,
    interval: null,
    because: [`Added by ${authorName}.`],
  }
}

const CARRIED_OVER = 'Carried over to the next invoice as a credit'

/** An invoice below zero asks for nothing: what it would give back is a credit on the next ones. */
function withoutDebt(lines: readonly InvoiceLine[], minorDigits: number): InvoiceLine[] {
  const amounts = lines.map(({ amount }) => amount)
  const subtotal = minorUnits(totalOf(amounts, minorDigits), minorDigits)
  if (subtotal >= 0n) return [...lines]
  const line: InvoiceLine = {
    kind: 'correction',
    description: CARRIED_OVER,
    quantity: 1,
    included: null,
    rate: null,
    amount: fromMinorUnits(-subtotal, minorDigits),
    interval: null,
    because: [
      `The lines above add up to ${fromMinorUnits(subtotal, minorDigits)}; an invoice asks for no less than zero.`,
    ],
  }
  return [...lines, line]
}

/** The credit that an invoice leaves behind when its lines came out below zero. */
export function carriedOver({ lines }: InvoiceDocument): string | undefined {
  return lines.find(({ kind, description }) => kind === 'correction' && description === CARRIED_OVER)?.amount
}

/** Is there money to speak of? A month in which nothing cost anything gets no invoice. */
export function hasAmounts({ lines, currency }: InvoiceDocument): boolean {
  return lines.some(({ amount }) => minorUnits(amount, currency.minorDigits) !== 0n)
}

function shownTax(rule: TaxRule, { amount, words }: Tax): InvoiceTax {
  return { kind: rule.kind, percent: rule.kind === 'rate' ? rule.percent : '0', amount, words }
}

/** The tax that an invoice charged, on another amount: what a credit note on it gives back. */
export function sameTaxOn(taxable: string, tax: InvoiceTax, minorDigits: number): InvoiceTax {
  if (tax.kind !== 'rate') return { ...tax, amount: fromMinorUnits(0n, minorDigits) }
  const rule: TaxRule = { kind: 'rate', percent: tax.percent }
  return shownTax(rule, taxOn(taxable, rule, minorDigits))
}

/** Who pays, as an invoice says it. */
export function customerOf({ id, name, billing }: Organization, settings: InvoicingSettings): Customer {
  const text = (key: string) => (typeof billing[key] === 'string' ? billing[key] : null)
  const address: readonly unknown[] = Array.isArray(billing['address']) ? billing['address'] : []
  return {
    organizationId: id,
    name,
    legalName: text('legalName'),
    address: address.filter(line => typeof line === 'string'),
    country: text('country'),
    taxId: text('taxId'),
    email: text('email'),
    purchaseOrder: settings.purchaseOrder ?? text('reference'),
  }
}
