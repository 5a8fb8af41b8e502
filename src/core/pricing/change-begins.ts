import { decimal } from '../exact/decimal.ts'
import { type Fraction, compare, fraction, multiply, sum } from '../exact/fraction.ts'
import { monthOf, monthSpan, nextMonth } from '../time/month.ts'
import { annualParts } from './annual.ts'
import type { Arrangement } from './arrangement.ts'
import { recurringFees } from './recurring.ts'

/**
 * When a change asked for at `atMs` begins: at once when the year costs at least as much as before, otherwise
 * with the next month. What was paid ahead is used up first: from a yearly plan, down or to monthly payment,
 * it is the end of the paid year.
 */
export function changeBegins(
  arrangements: readonly Arrangement[],
  wanted: Arrangement,
  atMs: number,
): number {
  const before = arrangements.find(({ startMs, endMs }) => startMs <= atMs && atMs < endMs)
  if (before === undefined) return atMs
  const paidUntilMs = paidUntil(arrangements, atMs)
  const staysAnnual = recurringFees(wanted).some(
    ({ kind, interval }) => kind === 'plan' && interval === 'annual',
  )
  const isDown = compare(yearlyFee(wanted), yearlyFee(before)) < 0
  if (paidUntilMs !== undefined && (isDown || !staysAnnual)) return paidUntilMs
  return isDown ? monthSpan(nextMonth(monthOf(atMs))).startMs : atMs
}

/** All that comes back in a year, so that monthly and yearly payment compare. */
function yearlyFee(arrangement: Arrangement): Fraction {
  const months = { monthly: fraction(12), annual: fraction(1) }
  return sum(
    recurringFees(arrangement).map(({ amount, interval }) => multiply(decimal(amount), months[interval])),
  )
}

/** The end of the plan’s paid year; undefined when it is paid by the month. */
function paidUntil(arrangements: readonly Arrangement[], atMs: number): number | undefined {
  const parts = annualParts(arrangements, atMs + 1).filter(({ kind }) => kind === 'plan')
  return parts.find(({ startMs, endMs }) => startMs <= atMs && atMs < endMs)?.year.endMs
}
