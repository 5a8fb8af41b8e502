import { type Fraction, fraction, multiply } from './fraction.ts'

/**
 * The nearest whole number; a half goes away from zero. So a line that takes another one back is exactly its
 * negative, and above zero it is the half up of every invoice.
 */
export function roundHalfUp({ numerator, denominator }: Fraction): bigint {
  const size = numerator < 0n ? -numerator : numerator
  const rounded = (2n * size + denominator) / (2n * denominator)
  return numerator < 0n ? -rounded : rounded
}

/** The largest whole number that is not above it. */
export function floor({ numerator, denominator }: Fraction): bigint {
  const quotient = numerator / denominator
  return numerator < 0n && quotient * denominator !== numerator ? quotient - 1n : quotient
}

/** The smallest whole number that is not below it. */
export function ceil({ numerator, denominator }: Fraction): bigint {
  return -floor({ numerator: -numerator, denominator })
}

/** Rounded half up to that many decimals, all of them written: `162.04`, `-0.50`, `7`. */
export function toDecimal(value: Fraction, decimals: number): string {
  return decimalText(roundHalfUp(scaled(value, decimals)), decimals)
}

/** As `toDecimal`, but never rounded up: 99.999996 with five decimals is `99.99999`. */
export function toFlooredDecimal(value: Fraction, decimals: number): string {
  return decimalText(floor(scaled(value, decimals)), decimals)
}

/** `units` counted in the last decimal place: -50 with two decimals is `-0.50`. */
export function decimalText(units: bigint, decimals: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(decimals + 1, '0')
  const sign = units < 0n ? '-' : ''
  if (decimals === 0) return sign + digits
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

function scaled(value: Fraction, decimals: number): Fraction {
  return multiply(value, fraction(10n ** BigInt(decimals)))
}
