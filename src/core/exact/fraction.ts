/**
 * Exact numbers: a fraction of two whole numbers of any size. Amounts, rates and shares of time are reckoned
 * with it to the end and rounded once, where they are shown or billed.
 */
export interface Fraction {
  readonly numerator: bigint
  /** Always above zero; numerator and denominator have no common divisor, so equal fractions look the same. */
  readonly denominator: bigint
}

export const ZERO: Fraction = { numerator: 0n, denominator: 1n }
export const ONE: Fraction = { numerator: 1n, denominator: 1n }

/** Throws a RangeError for a denominator of zero, and for a number that is not whole. */
export function fraction(numerator: bigint | number, denominator: bigint | number = 1n): Fraction {
  const top = BigInt(numerator)
  const bottom = BigInt(denominator)
  if (bottom === 0n) throw new RangeError('a fraction cannot have the denominator 0')
  const sign = bottom < 0n ? -1n : 1n
  const divisor = greatestCommonDivisor(top, bottom) * sign
  return { numerator: top / divisor, denominator: bottom / divisor }
}

export function add(a: Fraction, b: Fraction): Fraction {
  return fraction(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)
}

export function subtract(a: Fraction, b: Fraction): Fraction {
  return add(a, negate(b))
}

export function multiply(a: Fraction, b: Fraction): Fraction {
  return fraction(a.numerator * b.numerator, a.denominator * b.denominator)
}

/** Throws a RangeError when `b` is zero. */
export function divide(a: Fraction, b: Fraction): Fraction {
  return fraction(a.numerator * b.denominator, a.denominator * b.numerator)
}

export function negate(a: Fraction): Fraction {
  return { numerator: -a.numerator, denominator: a.denominator }
}

export function sum(parts: readonly Fraction[]): Fraction {
  return parts.reduce(add, ZERO)
}

/** Below zero: `a` is the smaller; above: the larger; zero: they are equal. */
export function compare(a: Fraction, b: Fraction): number {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

export function isZero(a: Fraction): boolean {
  return a.numerator === 0n
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}
