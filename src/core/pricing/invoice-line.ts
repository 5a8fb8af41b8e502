/** One line of an invoice. It explains itself: `because` holds the steps that lead to its amount. */
export interface InvoiceLine {
  readonly kind: 'plan' | 'support-plan' | 'add-on' | 'overage' | 'manual' | 'correction'
  readonly description: string
  /** Of a fee: 1. Of overage: what was used, of which `included` is not billed. */
  readonly quantity: number
  readonly included: number | null
  /** Decimal text of one unit, or of a whole month or year; null where no single rate says it. */
  readonly rate: string | null
  /** Decimal text with all decimals of the currency’s minor unit; rounded half up, once. May be negative. */
  readonly amount: string
  /** `annual`: paid ahead, so it counts a twelfth each month where a credit is reckoned. */
  readonly interval: 'monthly' | 'annual' | null
  readonly because: readonly string[]
}
