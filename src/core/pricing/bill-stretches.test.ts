import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Plan, UnitPrice } from '../contract/contract.ts'
import { fraction } from '../exact/fraction.ts'
import { compare, multiply, subtract, sum } from '../exact/fraction.ts'
import { decimal } from '../exact/decimal.ts'
import { compareBills } from './bill-stretches.ts'
import { overageOf } from './overage.ts'
import { business, contract, price } from './test-plans.ts'

const { start, maker } = contract.plans
const { basic } = contract.supportPlans

function sold(
  monthly: string,
  mau: number | undefined,
  users: UnitPrice | undefined,
  more: Partial<Plan> = {},
) {
  const plan: Plan = {
    ...start,
    price: price(monthly),
    includes: { mau, connections: undefined },
    overage: { mau: users, connections: undefined, charge: 'higher' },
    ...more,
  }
  return { plan, supportPlan: basic }
}

const unit = (rate: string): UnitPrice => ({ kind: 'unit', price: rate })

describe('the break-even of two plans', () => {
  it('lies where 499.00 and 0.09 for each user above 10,000 meet 1299.00', () => {
    // 800.00 / 0.09 = 8888.89 users above the 10,000; the other plan includes 50,000.
    const { stretches, lookedAtUpTo } = compareBills(
      sold('499.00', 10_000, unit('0.09')),
      sold('1299.00', 50_000, unit('0.06')),
      'mau',
    )
    expect(stretches).toEqual([
      { from: 0, to: 18_888, cheaper: 'one', equalAt: undefined },
      { from: 18_889, to: undefined, cheaper: 'other', equalAt: fraction(170_000, 9) },
    ])
    expect(lookedAtUpTo).toBeUndefined()
  })

  it('is a usage of its own where both cost the same to the cent', () => {
    // 100.00 + 0.10 x 500 = 150.00.
    const bills = compareBills(sold('100.00', 0, unit('0.10')), sold('150.00', 1000, unit('0.10')), 'mau')
    expect(bills.stretches).toEqual([
      { from: 0, to: 499, cheaper: 'one', equalAt: undefined },
      { from: 500, to: 500, cheaper: 'neither', equalAt: fraction(500) },
      { from: 501, to: undefined, cheaper: 'other', equalAt: fraction(500) },
    ])
  })

  it('can come twice: a plan with a large allowance and a high rate', () => {
    // Up to 1,000 at 0.50 from 0 passes 100.00 at 200; past 1,000 included the other costs 1.00 each: 0.5 n = 100 + n - 1000.
    const { stretches } = compareBills(
      sold('0.00', 0, unit('0.50')),
      sold('100.00', 1000, unit('1.00')),
      'mau',
    )
    expect(stretches.map(({ from, cheaper }) => [from, cheaper])).toEqual([
      [0, 'one'],
      [200, 'neither'],
      [201, 'other'],
      [1800, 'neither'],
      [1801, 'one'],
    ])
  })

  it('is where a plan without overage ends, whatever it would cost', () => {
    const bills = compareBills(
      { plan: maker, supportPlan: basic },
      { plan: start, supportPlan: basic },
      'mau',
    )
    expect(bills.stretches.map(({ from, to, cheaper }) => [from, to, cheaper])).toEqual([
      [0, 2000, 'one'],
      [2001, undefined, 'other'],
    ])
    const full = compareBills(
      { plan: maker, supportPlan: basic },
      { plan: maker, supportPlan: basic },
      'mau',
      101,
    )
    expect(full.stretches.map(({ cheaper }) => cheaper)).toEqual(['none'])
  })

  it('counts what the support plan costs', () => {
    const { stretches } = compareBills(
      { plan: start, supportPlan: business },
      { plan: { ...start, price: price('999.00') }, supportPlan: basic },
      'mau',
    )
    expect(stretches.map(({ cheaper }) => cheaper)).toEqual(['neither'])
  })

  it('waits while the other unit’s charge is the higher one', () => {
    // 600 connections cost 99.00 over; users cost more from 1,100 above the 10,000 on.
    const one = { plan: start, supportPlan: basic }
    const other = {
      plan: { ...start, price: price('550.00'), includes: { mau: 10_000, connections: 600 } },
      supportPlan: basic,
    }
    const { stretches } = compareBills(one, other, 'mau', 600)
    // one: 598.00 up to 11,100 users, then 499.00 + 0.09 each; other: 550.00 + 0.09 each: 51.00 dearer from then on.
    expect(stretches.map(({ from, cheaper }) => [from, cheaper])).toEqual([
      [0, 'other'],
      [10_534, 'one'],
    ])
  })
})

const rate = fc.integer({ min: 0, max: 200 }).map(cents => (cents / 100).toFixed(2))
const anyPrice: fc.Arbitrary<UnitPrice> = fc.oneof(
  rate.map(unit),
  fc.tuple(fc.integer({ min: 1, max: 60 }), rate, rate).map(([upTo, first, rest]): UnitPrice => ({
    kind: 'tiers',
    tiers: [
      { upTo, price: first },
      { upTo: undefined, price: rest },
    ],
  })),
  fc
    .tuple(fc.integer({ min: 1, max: 30 }), rate)
    .map(([size, each]): UnitPrice => ({ kind: 'package', size, price: each })),
)
const anyPlan = fc
  .record({
    fee: fc.integer({ min: 0, max: 100 }),
    mau: fc.option(fc.nat({ max: 60 }), { nil: undefined }),
    connections: fc.option(fc.nat({ max: 9 }), { nil: undefined }),
    ofUser: fc.option(anyPrice, { nil: undefined }),
    ofConnection: anyPrice,
    charge: fc.constantFrom('higher' as const, 'sum' as const),
    isHard: fc.boolean(),
  })
  .map(({ fee, mau, connections, ofUser, ofConnection, charge, isHard }) =>
    sold(String(fee), mau, ofUser, {
      includes: { mau, connections },
      overage: isHard ? 'none' : { mau: ofUser, connections: ofConnection, charge },
    }),
  )

function billAt({ plan }: ReturnType<typeof sold>, mau: number, connections: number) {
  const { charges } = overageOf({
    includes: plan.includes,
    overage: plan.overage,
    usage: { mau, connections },
  })
  const isRefused =
    plan.overage === 'none' &&
    (mau > (plan.includes.mau ?? Infinity) || connections > (plan.includes.connections ?? Infinity))
  return isRefused
    ? undefined
    : sum([decimal(plan.price.monthly ?? '0'), ...charges.map(({ charge }) => charge)])
}

describe('every whole usage', () => {
  it('falls into one stretch, which says what both bills say', () => {
    fc.assert(
      fc.property(anyPlan, anyPlan, fc.nat({ max: 20 }), (one, other, connections) => {
        const { stretches } = compareBills(one, other, 'mau', connections)
        for (let mau = 0; mau <= 250; mau++) {
          const found = stretches.filter(({ from, to }) => from <= mau && mau <= (to ?? Infinity))
          const [a, b] = [billAt(one, mau, connections), billAt(other, mau, connections)]
          const order = a && b ? compare(a, b) : a ? -1 : b ? 1 : undefined
          const cheaper = order === undefined ? 'none' : order < 0 ? 'one' : order > 0 ? 'other' : 'neither'
          expect(
            found.map(each => each.cheaper),
            `${mau} users`,
          ).toEqual([cheaper])
        }
      }),
      { numRuns: 100 },
    )
  })

  it('next to where both are equal: one unit more is dearer with the one, one less with the other', () => {
    fc.assert(
      fc.property(rate, rate, fc.nat({ max: 1000 }), (cheap, dear, fee) => {
        fc.pre(decimal(cheap).numerator > 0n && compare(decimal(cheap), decimal(dear)) < 0)
        const { stretches } = compareBills(sold('0', 0, unit(dear)), sold(String(fee), 0, unit(cheap)), 'mau')
        const equalAt = stretches.at(-1)?.equalAt
        expect(equalAt && multiply(equalAt, subtract(decimal(dear), decimal(cheap)))).toEqual(fraction(fee))
        expect(stretches.at(-1)?.cheaper).toBe('other')
      }),
    )
  })
})
