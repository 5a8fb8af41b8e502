import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Overage, UnitPrice } from '../contract/contract.ts'
import { fraction } from '../exact/fraction.ts'
import { billed } from '../exact/money.ts'
import { overageOf } from './overage.ts'
import { chargeUnits } from './unit-charge.ts'

const includes = { mau: 10_000, connections: 500 }
const unit = (price: string): UnitPrice => ({ kind: 'unit', price })
const prices: Overage = { mau: unit('0.09'), connections: unit('0.99'), charge: 'higher' }

function billedFor(
  mau: number,
  connections: number,
  overage: Overage | 'none' = prices,
  included: Parameters<typeof overageOf>[0]['includes'] = includes,
) {
  const { charges } = overageOf({ includes: included, overage, usage: { mau, connections } })
  return charges.map(each => [each.unit, billed(each.charge, 2)])
}

describe('overage', () => {
  it('is the higher charge, never the sum', () => {
    expect(billedFor(12_000, 450)).toEqual([['mau', '180.00']])
    expect(billedFor(9_000, 700)).toEqual([['connections', '198.00']])
    expect(billedFor(12_000, 700)).toEqual([['connections', '198.00']])
    expect(billedFor(12_201, 700)).toEqual([['mau', '198.09']])
  })

  it('is named mau on a tie', () => {
    expect(billedFor(12_200, 700)).toEqual([['mau', '198.00']])
  })

  it('is compared before it is rounded', () => {
    const fine: Overage = { mau: unit('0.001'), connections: unit('0.0011'), charge: 'higher' }
    expect(billedFor(10_001, 501, fine)).toEqual([['connections', '0.00']])
  })

  it('is nothing at exactly the included numbers', () => {
    expect(billedFor(10_000, 500)).toEqual([])
    expect(billedFor(10_001, 500)).toEqual([['mau', '0.09']])
    const { because } = overageOf({ includes, overage: prices, usage: { mau: 10_000, connections: 500 } })
    expect(because[0]).toBe('10,000 monthly active users, 10,000 included: none over.')
  })

  it('is both charges where the contract says sum', () => {
    const both: Overage = { ...prices, charge: 'sum' }
    expect(billedFor(12_200, 700, both)).toEqual([
      ['mau', '198.00'],
      ['connections', '198.00'],
    ])
  })

  it('is never billed on a hard plan, for a number left out, or without a price', () => {
    expect(billedFor(1e6, 1e6, 'none')).toEqual([])
    expect(billedFor(1e6, 700, prices, { ...includes, mau: undefined })).toEqual([['connections', '198.00']])
    expect(billedFor(1e6, 700, { ...prices, mau: undefined })).toEqual([['connections', '198.00']])
  })

  it('says which charge was not billed, and why', () => {
    const { because } = overageOf({ includes, overage: prices, usage: { mau: 12_200, connections: 700 } })
    expect(because).toEqual([
      '12,200 monthly active users, 10,000 included: 2,200 over.',
      '2,200 x 0.09 = 198.',
      '700 peak connections, 500 included: 200 over.',
      '200 x 0.99 = 198.',
      'Both charges are equal; it is billed once: monthly active users, not peak connections.',
    ])
  })
})

describe('a price', () => {
  const tiers: UnitPrice = {
    kind: 'tiers',
    tiers: [
      { upTo: 1000, price: '0.10' },
      { upTo: 5000, price: '0.05' },
      { upTo: undefined, price: '0.01' },
    ],
  }
  const cost = (price: UnitPrice, units: number) => billed(chargeUnits(price, units).charge, 2)

  it('in tiers gives each unit the price of its own tier, counted from the first unit above', () => {
    expect([0, 1, 1000, 1001, 5000, 5001].map(units => cost(tiers, units))).toEqual([
      '0.00',
      '0.10',
      '100.00',
      '100.05',
      '300.00',
      '300.01',
    ])
  })

  it('of packages takes a begun one whole', () => {
    const packages: UnitPrice = { kind: 'package', size: 100, price: '9.00' }
    expect([0, 1, 100, 101].map(units => cost(packages, units))).toEqual(['0.00', '9.00', '9.00', '18.00'])
  })

  it('survives ten to the fifteenth units', () => {
    expect(cost(unit('123456789012.345678901234'), 9_007_199_254_740_991)).toBe(
      '1111999897984715765336365461.43',
    )
  })
})

const cents = fc.integer({ min: 0, max: 10_000 })
const text = (tenThousandths: number) =>
  `${Math.floor(tenThousandths / 10_000)}.${String(tenThousandths % 10_000).padStart(4, '0')}`
/** A price beside what each single unit costs in ten-thousandths: the slow way is to add them up one by one. */
const anyPrice = fc.oneof(
  cents.map(each => ({ price: unit(text(each)), ofUnit: () => each })),
  fc.tuple(fc.integer({ min: 1, max: 50 }), cents).map(([size, each]) => ({
    price: { kind: 'package', size, price: text(each) } satisfies UnitPrice,
    ofUnit: (index: number) => (index % size === 0 ? each : 0),
  })),
  fc.tuple(fc.integer({ min: 1, max: 100 }), cents, cents).map(([upTo, below, above]) => ({
    price: {
      kind: 'tiers',
      tiers: [
        { upTo, price: text(below) },
        { upTo: undefined, price: text(above) },
      ],
    } satisfies UnitPrice,
    ofUnit: (index: number) => (index < upTo ? below : above),
  })),
)

describe('any overage', () => {
  const number = fc.integer({ min: 0, max: 300 })

  it('is what adding up unit by unit finds', () => {
    fc.assert(
      fc.property(anyPrice, anyPrice, number, number, number, number, (mau, connections, a, b, c, d) => {
        const slow = (ofUnit: (index: number) => number, used: number, included: number) =>
          Array.from({ length: Math.max(0, used - included) }, (_, index) => ofUnit(index)).reduce(
            (x, y) => x + y,
            0,
          )
        const [users, sockets] = [slow(mau.ofUnit, a, b), slow(connections.ofUnit, c, d)]
        const wanted = Math.max(users, sockets)
        const { charges } = overageOf({
          includes: { mau: b, connections: d },
          overage: { mau: mau.price, connections: connections.price, charge: 'higher' },
          usage: { mau: a, connections: c },
        })
        expect(charges.map(each => [each.unit, each.charge])).toEqual(
          wanted === 0 ? [] : [[users >= sockets ? 'mau' : 'connections', fraction(wanted, 10_000)]],
        )
      }),
      { numRuns: 300 },
    )
  })

  it('never falls when more is used', () => {
    fc.assert(
      fc.property(anyPrice, number, ({ price }, units) => {
        const [one, more] = [chargeUnits(price, units).charge, chargeUnits(price, units + 1).charge]
        expect(more.numerator * one.denominator >= one.numerator * more.denominator).toBe(true)
      }),
    )
  })
})
