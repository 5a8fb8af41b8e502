/** The tables of what was billed. Amounts are decimal text with the currency's minor digits, instants as everywhere. */
export interface InvoiceSchema {
  invoices: InvoiceTable
  /** The last number of each series: the year. */
  invoice_numbers: { series: string; last: number }
  closed_months: { organization: string; month: string; invoice: string | null; closed_ms: number }
  /** Lines of an invoice that put right an earlier month. `line` is JSON. */
  corrections: { invoice: string; month: string; line: string }
  manual_lines: ManualLineTable
  credits: CreditTable
  credit_uses: { credit: string; invoice: string; amount: string }
  payments: PaymentTable
  /** Invoices that were looked at after their last day to pay. */
  due_checks: { invoice: string; at_ms: number }
  write_offs: { invoice: string; amount: string; reason: string; author: string; at_ms: number }
  invoicing_settings: InvoicingSettingsTable
  leavings: { organization: string; at_ms: number; reason: string; author: string }
  plan_notices: PlanNoticeTable
}

interface InvoiceTable {
  id: string
  organization: string
  month: string
  kind: 'invoice' | 'credit-note'
  status: 'awaiting-approval' | 'final'
  number: string | null
  /** Of a credit note: the invoice it takes back from. */
  corrects: string | null
  /** JSON: all that is printed. */
  document: string
  due_ms: number | null
  created_ms: number
  /** Of a credit note: who issued it, and why; the reason is the provider's own. */
  author: string | null
  reason: string | null
}

interface ManualLineTable {
  id: string
  organization: string
  month: string
  currency: string
  description: string
  amount: string
  reason: string
  author: string
  created_ms: number
}

interface CreditTable {
  id: string
  organization: string
  currency: string
  amount: string
  reason: string
  /** Who or what granted it: `person`, `carried-over`. */
  source: string
  author: string
  granted_ms: number
}

interface PaymentTable {
  id: string
  invoice: string
  /** Below zero: taken back, or paid back. */
  amount: string
  at_ms: number
  reference: string | null
  author: string
  created_ms: number
  /** The payment that this one takes back, once. */
  reverses: string | null
  reason: string | null
}

interface InvoicingSettingsTable {
  organization: string
  /** JSON; null: the contract's percentage. */
  tax: string | null
  purchase_order: string | null
  approval: number
}

interface PlanNoticeTable {
  id: string
  organization: string
  plan: string
  /** JSON list of sentences. */
  because: string
  given_ms: number
  ends_ms: number
  /** What takes its place then; null: nothing that anyone may hold. */
  subscription: string | null
  withdrawn_ms: number | null
}
