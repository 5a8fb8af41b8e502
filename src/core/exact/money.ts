import { decimal } from './decimal.ts'
import { type Fraction, fraction, multiply } from './fraction.ts'
import { decimalText, roundHalfUp, toDecimal } from './rounding.ts'

/**
 * An amount as it is billed: decimal text with all the decimals of the currency's minor unit, two for the
 * dollar, none for the yen, three for the dinar. The one place where a fraction becomes money.
 */
export function billed(amount: Fraction, minorDigits: number): string {
  return toDecimal(amount, minorDigits)
}

/** An amount in minor units: `"162.04"` with two decimals is 16204. A finer amount is rounded half up. */
export function minorUnits(amount: string, minorDigits: number): bigint {
  return roundHalfUp(multiply(decimal(amount), fraction(10n ** BigInt(minorDigits))))
}

/** The opposite of `minorUnits`: 16204 with two decimals is `"162.04"`. */
export function fromMinorUnits(units: bigint, minorDigits: number): string {
  return decimalText(units, minorDigits)
}

/** The exact sum of billed amounts, as a billed amount. */
export function totalOf(amounts: readonly string[], minorDigits: number): string {
  const units = amounts.reduce((total, amount) => total + minorUnits(amount, minorDigits), 0n)
  return fromMinorUnits(units, minorDigits)
}
