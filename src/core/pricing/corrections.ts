import type { Currency } from '../contract/contract.ts'
import { fromMinorUnits, minorUnits } from '../exact/money.ts'
import type { InvoiceLine } from './invoice-line.ts'

export interface CorrectionFacts {
  /** The closed month that is put right; it is named, and does not change itself. */
  readonly month: string
  /** What was billed for it: its own lines. */
  readonly closed: readonly InvoiceLine[]
  /** The same month reckoned anew, with what came late. */
  readonly now: readonly InvoiceLine[]
  /** Corrections of this month that later invoices already hold. */
  readonly corrected: readonly InvoiceLine[]
  readonly currency: Currency
}

/**
 * One line for the next invoice when a closed month would be billed differently today: the difference, less
 * what was already put right, so that late facts that come twice are billed once.
 */
export function correctionLines({ month, closed, now, corrected, currency }: CorrectionFacts): InvoiceLine[] {
  const { minorDigits } = currency
  const sum = (lines: readonly InvoiceLine[]) =>
    lines.reduce((total, { amount }) => total + minorUnits(amount, minorDigits), 0n)
  const text = (units: bigint) => fromMinorUnits(units, minorDigits)
  const before = sum(closed) + sum(corrected)
  const difference = sum(now) - before
  if (difference === 0n) return []
  const amount = text(difference)
  return [
    {
      kind: 'correction',
      description: `Correction of ${month}`,
      quantity: 1,
      included: null,
      rate: null,
      amount,
      interval: null,
      because: [
        `Billed for ${month} so far: ${text(before)}.`,
        `With what was learned since it closed: ${text(sum(now))}.`,
        ...now.filter(line => !closed.some(old => isSameLine(old, line))).map(lineWords),
        ...closed.filter(line => !now.some(fresh => fresh.description === line.description)).map(goneWords),
        `The difference: ${amount}.`,
      ],
    },
  ]
}

function isSameLine(a: InvoiceLine, b: InvoiceLine): boolean {
  return a.description === b.description && a.quantity === b.quantity && a.amount === b.amount
}

function lineWords({ description, amount, because }: InvoiceLine): string {
  return `${description}, now ${amount}: ${because.join(' ')}`
}

function goneWords({ description, amount }: InvoiceLine): string {
  return `${description}, ${amount}, is no longer owed.`
}
