import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decimal, shortDecimal } from '../exact/decimal.ts'
import { fraction } from '../exact/fraction.ts'
import { minorUnits } from '../exact/money.ts'
import { type OutageCostFacts, outageCost } from './outage-cost.ts'

const common = { base: 'recurring', credit: 'automatic', claimDays: 30, timezone: 'UTC' } as const
const sla = { ...common, form: 'accelerated', target: '99.999', acceleration: 100, cap: '30' } as const
const tiers = [
  { below: '99.99', credit: '10' },
  { below: '99.9', credit: '25' },
  { below: '99.0', credit: '50' },
]

function cost(downSeconds: number, change: Partial<OutageCostFacts> = {}) {
  const month = '2026-04'
  const facts = { sla, month, base: decimal('10000'), minorDigits: 2, downSeconds: fraction(downSeconds) }
  const { secondsToCap, ...rest } = outageCost({ ...facts, secondsToCome: fraction(1_000_000), ...change })
  return { ...rest, secondsToCap: secondsToCap && shortDecimal(secondsToCap, 3) }
}

describe('the cost of a further minute down', () => {
  it('is the acceleration’s share of the fee, once the promise is broken', () => {
    // 10,000 x 60 x 100 / 2,592,000; the cap of 3,000 is reached at 7,776 seconds.
    expect(cost(420)).toEqual({ owed: '162.04', nextMinute: '23.15', cap: '3000.00', secondsToCap: '7356' })
  })

  it('that breaks the promise costs what was down before, too', () => {
    expect(cost(20)).toMatchObject({ owed: '0.00', nextMinute: '30.86' })
  })

  it('costs nothing more at the cap, and only the rest just before it', () => {
    expect(cost(7776)).toMatchObject({ owed: '3000.00', nextMinute: '0.00', secondsToCap: '0' })
    expect(cost(7770)).toMatchObject({ owed: '2997.69', nextMinute: '2.31', secondsToCap: '6' })
  })

  it('has no cap within reach when the month ends before', () => {
    expect(cost(420, { secondsToCome: fraction(7355) }).secondsToCap).toBeUndefined()
    expect(cost(420, { secondsToCome: fraction(30) }).nextMinute).toBe('11.57')
  })

  it('jumps from tier to tier, and the cap comes with the tier that reaches it', () => {
    const tiered = { ...common, form: 'tiered', tiers, cap: '25' } as const
    expect(cost(250, { sla: tiered })).toEqual({
      owed: '0.00',
      nextMinute: '1000.00',
      cap: '2500.00',
      secondsToCap: '2342',
    })
    expect(cost(2593, { sla: tiered })).toMatchObject({
      owed: '2500.00',
      nextMinute: '0.00',
      secondsToCap: '0',
    })
  })

  it('adds up to what a longer outage owes, and never passes the cap', () => {
    const minutes = fc.array(fc.constant(60), { maxLength: 40 })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9000 }), minutes, (down, more) => {
        let owed = minorUnits(cost(down).owed, 2)
        let at = down
        for (const minute of more) {
          owed += minorUnits(cost(at).nextMinute, 2)
          at += minute
        }
        expect(owed).toBe(minorUnits(cost(at).owed, 2))
        expect(owed).toBeLessThanOrEqual(300_000n)
      }),
      { numRuns: 50 },
    )
  })
})
