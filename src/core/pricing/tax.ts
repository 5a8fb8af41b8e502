import { percent } from '../exact/decimal.ts'
import { multiply } from '../exact/fraction.ts'
import { decimal } from '../exact/decimal.ts'
import { billed } from '../exact/money.ts'

/** How an organization’s invoices are taxed. */
export type TaxRule =
  | { readonly kind: 'rate'; readonly percent: string }
  | { readonly kind: 'exempt'; readonly reason: string }
  | { readonly kind: 'reverse-charge' }

export interface Tax {
  readonly amount: string
  /** What the invoice has to say about it. */
  readonly words: string
}

/** The tax on an amount, rounded half up once for the invoice as a whole. */
export function taxOn(taxable: string, rule: TaxRule, minorDigits: number): Tax {
  const none = billed(decimal('0'), minorDigits)
  if (rule.kind === 'exempt') return { amount: none, words: `Exempt from tax: ${rule.reason}` }
  if (rule.kind === 'reverse-charge') return { amount: none, words: REVERSE_CHARGE }
  const amount = billed(multiply(decimal(taxable), percent(rule.percent)), minorDigits)
  return { amount, words: `${rule.percent} % of ${taxable}` }
}

/** Article 226 (11a) of the EU’s VAT Directive 2006/112/EC asks for the first two words. */
const REVERSE_CHARGE = 'Reverse charge: the recipient of the service owes the tax on it.'
