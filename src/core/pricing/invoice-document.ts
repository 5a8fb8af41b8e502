import type { Currency, Provider } from '../contract/contract.ts'
import type { InvoiceLine } from './invoice-line.ts'

/**
 * An invoice as a finance person reads it: everything that is printed, and nothing that has to be looked up. Once it
 * is final it never changes. Dates are `YYYY-MM-DD` in UTC; amounts decimal text with the currency's minor digits.
 * On a credit note every amount is what the customer gets back, so its lines and total are above zero.
 */
export interface InvoiceDocument {
  readonly id: string
  readonly kind: 'invoice' | 'credit-note'
  readonly status: 'draft' | 'awaiting-approval' | 'final'
  /** Without gaps, given when it becomes final. */
  readonly number: string | null
  /** The UTC month it bills, `YYYY-MM`. */
  readonly month: string
  readonly issuedOn: string | null
  readonly dueOn: string | null
  /** The version whose prices held at the month's end. */
  readonly contractVersion: number
  /** True when Weir ran on a test's clock: then this is no claim on anybody. */
  readonly testClock: boolean
  readonly currency: Currency
  /** As it was when the invoice was made; null when the contract does not say who sells: then no PDF and no UBL. */
  readonly provider: Provider | null
  readonly customer: Customer
  /** Of a credit note: the number of the invoice it takes back from; null when it takes back from none in particular. */
  readonly corrects: string | null
  readonly lines: readonly InvoiceLine[]
  /** Sum of the lines. */
  readonly subtotal: string
  readonly creditsApplied: readonly AppliedCredit[]
  /** Subtotal less credits. */
  readonly taxable: string
  readonly tax: InvoiceTax
  readonly total: string
  /** What the gateway measured in the month, for the customer to compare. */
  readonly usage: { readonly mau: number; readonly connections: number }
}

export interface Customer {
  readonly organizationId: string
  readonly name: string
  readonly legalName: string | null
  /** Lines, as on an envelope, without the name and the country. */
  readonly address: readonly string[]
  /** ISO 3166, two capital letters. */
  readonly country: string | null
  /** In the EU a VAT number with its country's letters, such as `DE123456789`. */
  readonly taxId: string | null
  readonly email: string | null
  /** The customer's own purchase order. */
  readonly purchaseOrder: string | null
}

export interface AppliedCredit {
  readonly id: string
  /** Above zero: so much less is to be paid. */
  readonly amount: string
  /** In plain words: for what it was owed. */
  readonly reason: string
}

export interface InvoiceTax {
  readonly kind: 'rate' | 'exempt' | 'reverse-charge'
  /** Such as `"19"` or `"8.1"`; `"0"` unless the kind is `rate`. */
  readonly percent: string
  readonly amount: string
  /** What has to stand on the invoice. */
  readonly words: string
}
