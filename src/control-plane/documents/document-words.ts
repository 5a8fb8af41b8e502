import type { InvoiceDocument } from '../../core/pricing/invoice-document.ts'
import { grouped } from './amount-text.ts'

/** What the PDF, UBL and CSV of a document say in the same words. */
export function documentTitle({ kind, status }: InvoiceDocument): string {
  const name = kind === 'invoice' ? 'Invoice' : 'Credit note'
  return status === 'final' ? name : `${name} (draft)`
}

export const TEST_CLOCK_WORDS = 'Made under the clock of a test: no claim on anybody.'

/** When and how to pay; of a credit note, that there is nothing to pay. */
export function paymentWords({ kind, total, dueOn, provider }: InvoiceDocument): string[] {
  if (kind === 'credit-note') return ['This amount is in the customer’s favour: nothing is to be paid.']
  if (!isAboveZero(total)) return ['Nothing is to be paid.']
  const days = provider?.paymentTermsDays
  const after =
    days === undefined ? 'on receipt' : `${days} ${days === 1 ? 'day' : 'days'} after the invoice’s date`
  const due =
    dueOn === null ? `Payable ${after}.` : `Payable by ${dueOn}${days === undefined ? '' : `, ${after}`}.`
  return [due, ...(provider?.paymentInstructions === undefined ? [] : [provider.paymentInstructions])]
}

export function usageWords({ month, usage }: InvoiceDocument): string {
  const mau = `${grouped(String(usage.mau))} ${usage.mau === 1 ? 'monthly active user' : 'monthly active users'}`
  const peak = `${grouped(String(usage.connections))} ${usage.connections === 1 ? 'connection' : 'connections'}`
  return `Measured in ${month}: ${mau}, at most ${peak} at once.`
}

/** First and last day, `YYYY-MM-DD`, of a month `YYYY-MM`. */
export function monthDays(month: string): { readonly first: string; readonly last: string } {
  const days = Temporal.PlainYearMonth.from(month).daysInMonth
  return { first: `${month}-01`, last: `${month}-${String(days).padStart(2, '0')}` }
}

export function isAboveZero(amount: string): boolean {
  return /[1-9]/.test(amount) && !amount.startsWith('-')
}
