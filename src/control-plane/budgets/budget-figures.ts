import { type Fraction, fraction, multiply } from '../../core/exact/fraction.ts'
import { toFlooredDecimal } from '../../core/exact/rounding.ts'

/** Exact figures as they are shown: never better than they are. */

/** Floored to milliseconds, in which down time is counted. */
export function secondsNumber(seconds: Fraction): number {
  return Number(toFlooredDecimal(seconds, 3))
}

/** How many times as fast as the target allows, to the hundredth; null: nothing is allowed. */
export function rateText(rate: Fraction | undefined): string | null {
  return rate === undefined ? null : toFlooredDecimal(rate, 2)
}

/** Of the allowance in per cent, floored to the hundredth; null: nothing is allowed. */
export function percentText(share: Fraction | undefined): string | null {
  return share === undefined ? null : toFlooredDecimal(multiply(share, fraction(100)), 2)
}
