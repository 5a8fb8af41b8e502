import { fromMinorUnits, minorUnits } from '../exact/money.ts'

export const INVOICE_STATUSES = [
  'draft',
  'awaiting-approval',
  'open',
  'part-paid',
  'paid',
  'overdue',
  'written-off',
  'credited',
  'issued',
] as const
/** `credited`: credit notes took all of it back. `issued`: a credit note, on which nothing is to be paid. */
export type InvoiceStatus = (typeof INVOICE_STATUSES)[number]

/** What happened to a final invoice, in decimal text of its currency. */
export interface InvoiceFate {
  readonly total: string
  /** Below zero where money went back. */
  readonly payments: readonly string[]
  /** The totals of the credit notes on it. */
  readonly creditNotes: readonly string[]
  readonly writtenOff: string | undefined
  /** The first instant after its last day to pay; undefined: it names none. */
  readonly dueMs: number | undefined
}

export interface InvoiceStanding {
  readonly status: InvoiceStatus
  readonly paid: string
  readonly credited: string
  /** What is still to be paid; never below zero. */
  readonly due: string
  /** What the provider has to pay back: paid and credited together above the total. */
  readonly owedBack: string
}

/** How an invoice stands at an instant. A part paid late is overdue, not part-paid: somebody has to act. */
export function invoiceStanding(fate: InvoiceFate, nowMs: number, minorDigits: number): InvoiceStanding {
  const units = (amounts: readonly string[]) =>
    amounts.reduce((total, amount) => total + minorUnits(amount, minorDigits), 0n)
  const text = (amount: bigint) => fromMinorUnits(amount, minorDigits)
  const [paid, credited] = [units(fate.payments), units(fate.creditNotes)]
  const rest = units([fate.total]) - paid - credited
  const due = fate.writtenOff !== undefined || rest < 0n ? 0n : rest
  return {
    status: statusOf(fate, { paid, credited, rest }, nowMs),
    paid: text(paid),
    credited: text(credited),
    due: text(due),
    owedBack: text(rest < 0n ? -rest : 0n),
  }
}

/** What was neither paid nor credited, also where nobody expects it any more; never below zero. */
export function unpaidOf(
  total: string,
  { paid, credited }: Pick<InvoiceStanding, 'paid' | 'credited'>,
  minorDigits: number,
): string {
  const units = (amount: string) => minorUnits(amount, minorDigits)
  const rest = units(total) - units(paid) - units(credited)
  return fromMinorUnits(rest < 0n ? 0n : rest, minorDigits)
}

function statusOf(
  { writtenOff, dueMs }: InvoiceFate,
  { paid, credited, rest }: { readonly paid: bigint; readonly credited: bigint; readonly rest: bigint },
  nowMs: number,
): InvoiceStatus {
  if (rest <= 0n) return credited > 0n && paid === 0n ? 'credited' : 'paid'
  if (writtenOff !== undefined) return 'written-off'
  if (dueMs !== undefined && nowMs >= dueMs) return 'overdue'
  return paid > 0n ? 'part-paid' : 'open'
}
