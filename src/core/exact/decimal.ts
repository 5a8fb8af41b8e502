import { type Fraction, fraction } from './fraction.ts'
import { toDecimal } from './rounding.ts'

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/

/**
 * The number that a decimal text says: `"0.09"` is 9/100. Throws a RangeError for any other text; what people
 * write is checked before it comes here.
 */
export function decimal(text: string): Fraction {
  const [, sign, whole = '', decimals = ''] = DECIMAL.exec(text) ?? []
  if (sign === undefined) throw new RangeError(`not a decimal number: ${text}`)
  return fraction(BigInt(`${sign}${whole}${decimals}`), 10n ** BigInt(decimals.length))
}

/** What a percentage says as a share: `"99.95"` is 9995/10000. Throws as `decimal` does. */
export function percent(text: string): Fraction {
  const { numerator, denominator } = decimal(text)
  return fraction(numerator, denominator * 100n)
}

/** For people to read: up to that many decimals, rounded half up, without zeros at the end. */
export function shortDecimal(value: Fraction, decimals = 6): string {
  const text = toDecimal(value, decimals)
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}
