import type { Currency } from '../contract/contract.ts'
import { minorUnits, fromMinorUnits, totalOf } from '../exact/money.ts'
import { type CreditUse, type OpenCredit, applyCredits } from './apply-credits.ts'
import type { InvoiceLine } from './invoice-line.ts'
import { type Tax, type TaxRule, taxOn } from './tax.ts'

export interface TotalFacts {
  readonly lines: readonly InvoiceLine[]
  readonly credits: readonly OpenCredit[]
  readonly tax: TaxRule
  readonly currency: Currency
}

export interface InvoiceTotal {
  /** The sum of the lines. */
  readonly subtotal: string
  readonly creditsApplied: readonly CreditUse[]
  /** What is left for the next invoice. */
  readonly creditsLeft: readonly CreditUse[]
  /** Subtotal less credits: what is taxed. */
  readonly taxable: string
  readonly tax: Tax
  readonly total: string
}

/** From the lines to what is to be paid: less credits, then plus tax. */
export function totalInvoice({
  lines,
  credits,
  tax: rule,
  currency: { minorDigits },
}: TotalFacts): InvoiceTotal {
  const amounts = lines.map(({ amount }) => amount)
  const subtotal = totalOf(amounts, minorDigits)
  const { applied, left } = applyCredits(subtotal, credits, minorDigits)
  const credited = totalOf(
    applied.map(({ amount }) => amount),
    minorDigits,
  )
  const taxable = fromMinorUnits(
    minorUnits(subtotal, minorDigits) - minorUnits(credited, minorDigits),
    minorDigits,
  )
  const tax = taxOn(taxable, rule, minorDigits)
  return {
    subtotal,
    creditsApplied: applied,
    creditsLeft: left,
    taxable,
    tax,
    total: totalOf([taxable, tax.amount], minorDigits),
  }
}
