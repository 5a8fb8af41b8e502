import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decimal, percent, shortDecimal } from './decimal.ts'
import {
  type Fraction,
  add,
  compare,
  divide,
  fraction,
  isZero,
  multiply,
  negate,
  subtract,
} from './fraction.ts'
import { billed, fromMinorUnits, minorUnits, totalOf } from './money.ts'
import { ceil, floor, roundHalfUp, toDecimal, toFlooredDecimal } from './rounding.ts'

const anyFraction = fc
  .tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.bigInt({ min: 1n, max: 10n ** 20n }))
  .map(([numerator, denominator]) => fraction(numerator, denominator))

describe('a fraction', () => {
  it('is kept in lowest terms with the sign on top, so that equal ones look the same', () => {
    expect(fraction(6, -4)).toEqual({ numerator: -3n, denominator: 2n })
    expect(fraction(0, -7)).toEqual({ numerator: 0n, denominator: 1n })
  })

  it('has no denominator of zero, and no part that is not whole', () => {
    expect(() => fraction(1, 0)).toThrow('denominator 0')
    expect(() => divide(fraction(1), fraction(0))).toThrow('denominator 0')
    expect(() => fraction(0.1)).toThrow(RangeError)
  })

  it('adds, subtracts, multiplies and divides without losing anything', () => {
    fc.assert(
      fc.property(anyFraction, anyFraction, anyFraction, (a, b, c) => {
        expect(subtract(add(a, b), b)).toEqual(a)
        expect(add(add(a, b), c)).toEqual(add(a, add(b, c)))
        expect(multiply(a, add(b, c))).toEqual(add(multiply(a, b), multiply(a, c)))
        if (!isZero(b)) expect(multiply(divide(a, b), b)).toEqual(a)
      }),
    )
  })

  it('is ordered as numbers are', () => {
    fc.assert(
      fc.property(anyFraction, anyFraction, (a, b) => {
        expect(compare(a, b)).toBe(-compare(b, a) + 0)
        expect(compare(subtract(a, b), fraction(0))).toBe(compare(a, b))
        expect(compare(a, a)).toBe(0)
      }),
    )
  })
})

describe('rounding', () => {
  it('takes a half away from zero, so that taking a line back is its exact negative', () => {
    expect([1, 3, 5, -1, -3].map(n => roundHalfUp(fraction(n, 2)))).toEqual([1n, 2n, 3n, -1n, -2n])
    expect([4999, 5000].map(n => toDecimal(fraction(n, 1_000_000), 2))).toEqual(['0.00', '0.01'])
    fc.assert(
      fc.property(anyFraction, a => {
        expect(roundHalfUp(negate(a))).toBe(-roundHalfUp(a))
      }),
    )
  })

  it('is never further off than a half, and floor and ceil enclose the number', () => {
    fc.assert(
      fc.property(anyFraction, a => {
        const off = subtract(fraction(roundHalfUp(a)), a)
        expect(compare(multiply(off, off), fraction(1, 4))).toBeLessThanOrEqual(0)
        expect(compare(fraction(floor(a)), a)).toBeLessThanOrEqual(0)
        expect(compare(fraction(ceil(a)), a)).toBeGreaterThanOrEqual(0)
        expect(ceil(a) - floor(a)).toBe(a.denominator === 1n ? 0n : 1n)
      }),
    )
  })

  it('floors what must never be rounded up', () => {
    expect(toFlooredDecimal(decimal('99.999999'), 5)).toBe('99.99999')
    expect(toFlooredDecimal(decimal('-0.001'), 2)).toBe('-0.01')
  })
})

describe('decimal text', () => {
  it('is read exactly, however long', () => {
    expect(decimal('0.1')).toEqual(fraction(1, 10))
    expect(decimal('-007.250')).toEqual(fraction(-29, 4))
    expect(percent('99.95')).toEqual(fraction(9995, 10_000))
    const long = `${'9'.repeat(60)}.${'1'.repeat(30)}`
    expect(toDecimal(decimal(long), 30)).toBe(long)
  })

  it.each(['', '.5', '5.', '1e3', '0x10', '1,000', ' 1', '+1', 'NaN', '--1'])('%j is none', text => {
    expect(() => decimal(text)).toThrow(RangeError)
  })

  it('is written for people without zeros at the end', () => {
    expect([fraction(700), fraction(1, 3), fraction(5, 2)].map(a => shortDecimal(a))).toEqual([
      '700',
      '0.333333',
      '2.5',
    ])
  })
})

describe('money', () => {
  it('has the decimals of its currency: none, two, three', () => {
    const amount: Fraction = decimal('1234.5675')
    expect([0, 2, 3].map(digits => billed(amount, digits))).toEqual(['1235', '1234.57', '1234.568'])
    expect([0, 2, 3].map(digits => fromMinorUnits(-5n, digits))).toEqual(['-5', '-0.05', '-0.005'])
  })

  it('survives amounts beyond what a float can hold', () => {
    const amount = '1000000000000000000000.01'
    expect(billed(decimal(amount), 2)).toBe(amount)
    expect(totalOf([amount, '0.01', '-1000000000000000000000.00'], 2)).toBe('0.02')
  })

  it('goes to minor units and back unchanged', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.integer({ min: 0, max: 4 }), (units, digits) => {
        expect(minorUnits(fromMinorUnits(units, digits), digits)).toBe(units)
      }),
    )
  })
})
