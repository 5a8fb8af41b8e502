import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Sla } from '../contract/contract.ts'
import { decimal } from '../exact/decimal.ts'
import { compare, fraction } from '../exact/fraction.ts'
import { monthSeconds } from '../time/month.ts'
import { type CreditFacts, creditOwed } from './credit.ts'
import { creditCorrection } from './credit-correction.ts'
import { allowedSeconds } from './uptime.ts'

const terms = { base: 'invoice', credit: 'automatic', claimDays: 30, timezone: 'UTC' } as const
const accelerated: Sla = { ...terms, form: 'accelerated', target: '99.999', acceleration: 100, cap: '30' }
const tiers = [
  { below: '99.99', credit: '10' },
  { below: '99.9', credit: '25' },
  { below: '99.0', credit: '50' },
]
const tiered: Sla = { ...terms, form: 'tiered', tiers, cap: '50' }

function credit(sla: Sla, downSeconds: string, more: Partial<CreditFacts> = {}) {
  return creditOwed({
    sla,
    base: decimal('10000.00'),
    billing: 'monthly',
    downSeconds: decimal(downSeconds),
    month: '2026-04',
    timezone: undefined,
    minorDigits: 2,
    ...more,
  })
}

describe('a credit', () => {
  it('stands for minutes as well as money: seven minutes at a hundred times are 700', () => {
    expect(credit(accelerated, '420')).toMatchObject({ amount: '162.04', minutes: '700', capped: false })
  })

  it('is nothing at exactly the target, and everything a moment after it', () => {
    expect(credit(accelerated, '25.92').amount).toBe('0.00')
    expect(credit(accelerated, '25.920001').amount).toBe('10.00')
  })

  it('is capped only when the cap took something away', () => {
    expect(credit(accelerated, '7776')).toMatchObject({ amount: '3000.00', capped: false })
    expect(credit(accelerated, '7776.000001')).toMatchObject({
      amount: '3000.00',
      capped: true,
      minutes: '12960',
    })
    expect(credit(accelerated, '2592000', { base: fraction(0) })).toMatchObject({
      amount: '0.00',
      capped: false,
    })
  })

  it('has a cap with tiers as well', () => {
    expect(credit({ ...tiered, cap: '20' }, '2640')).toMatchObject({ amount: '2000.00', capped: true })
    expect(credit({ ...tiered, cap: '25' }, '2640')).toMatchObject({ amount: '2500.00', capped: false })
  })

  it('is that of the worst tier alone, in whatever order they stand', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(tiers, { minLength: 3 }), order => {
        expect(credit({ ...tiered, tiers: order }, '25980').amount).toBe('5000.00')
        expect(credit({ ...tiered, tiers: order }, '2592').amount).toBe('1000.00')
      }),
    )
  })

  it('is nothing without an SLA, and uptime is said all the same', () => {
    expect(credit({ form: 'none' }, '2592000')).toMatchObject({
      uptime: '0.00000',
      amount: '0.00',
      capped: false,
    })
  })

  it('counts a twelfth of a yearly fee in every form', () => {
    for (const sla of [accelerated, tiered]) {
      const yearly = credit(sla, '2640', { base: decimal('120000.00'), billing: 'annual' })
      expect(yearly.amount).toBe(credit(sla, '2640').amount)
    }
  })

  it('takes its month from the zone beside the SLA before the SLA’s own', () => {
    const eastern: Sla = { ...accelerated, timezone: 'America/New_York' }
    expect(credit(eastern, '420', { month: '2026-03' }).amount).toBe('157.02')
    expect(credit(eastern, '420', { month: '2026-03', timezone: 'UTC' }).amount).toBe('156.81')
  })

  it('has the decimals of its currency', () => {
    expect(credit(accelerated, '420', { minorDigits: 0 }).amount).toBe('162')
    expect(credit(accelerated, '420', { minorDigits: 3 }).amount).toBe('162.037')
    expect(credit(accelerated, '420', { base: decimal(`1${'0'.repeat(30)}`) }).amount).toBe(
      '16203703703703703703703703703.70',
    )
  })

  it('is only ever raised by late facts', () => {
    expect(creditCorrection('162.04', '173.61', 2)).toBe('11.57')
    expect(creditCorrection('173.61', '162.04', 2)).toBe('0.00')
  })
})

const percentText = fc
  .integer({ min: 0, max: 100_000_00 })
  .map(n => `${Math.floor(n / 100_000)}.${String(n % 100_000).padStart(5, '0')}`)
const anySla: fc.Arbitrary<Exclude<Sla, { form: 'none' }>> = fc.oneof(
  fc
    .record({ target: percentText, acceleration: fc.integer({ min: 1, max: 1000 }), cap: percentText })
    .map((own): Exclude<Sla, { form: 'none' }> => ({ ...terms, form: 'accelerated', ...own })),
  fc
    .record({
      tiers: fc.array(fc.record({ below: percentText, credit: percentText }), { minLength: 1, maxLength: 5 }),
      cap: percentText,
    })
    .map((own): Exclude<Sla, { form: 'none' }> => ({ ...terms, form: 'tiered', ...own })),
)
const anyMonth = fc.constantFrom('2026-02', '2028-02', '2026-04', '2026-12')
const anyBase = fc.bigInt({ min: 0n, max: 10n ** 20n })
const microseconds = fc.oneof(
  fc.integer({ min: 0, max: 2_419_200 }).map(s => s * 1e6),
  fc.integer({ min: 0, max: 2_419_200_000_000 }),
)

function owed(sla: Sla, month: string, baseCents: bigint, downMicroseconds: number) {
  const downSeconds = fraction(downMicroseconds, 1_000_000)
  return credit(sla, '0', { month, base: fraction(baseCents, 100), downSeconds })
}

describe('any credit', () => {
  it('never falls when down time grows, and never exceeds the cap', () => {
    fc.assert(
      fc.property(anySla, anyMonth, anyBase, microseconds, microseconds, (sla, month, base, a, b) => {
        const [less, more] = [owed(sla, month, base, Math.min(a, b)), owed(sla, month, base, Math.max(a, b))]
        expect(compare(decimal(less.amount), decimal(more.amount))).toBeLessThanOrEqual(0)
        const cap = BigInt(sla.cap.replace('.', '')) * base
        // Rounded half up, so at most half a cent above the exact cap.
        expect(BigInt(more.amount.replace('.', '')) * 10_000_000n * 2n <= cap * 2n + 10_000_000n).toBe(true)
      }),
    )
  })

  it('is zero at exactly the target', () => {
    fc.assert(
      fc.property(anySla, anyMonth, anyBase, (sla, month, base) => {
        const target =
          sla.form === 'accelerated'
            ? sla.target
            : lowest(
                sla.tiers.map(({ below }) => below),
                -1,
              )
        const downSeconds = allowedSeconds(target, monthSeconds(month))
        expect(credit(sla, '0', { month, base: fraction(base, 100), downSeconds }).amount).toBe('0.00')
      }),
    )
  })

  it('is what long-hand arithmetic in whole numbers finds', () => {
    fc.assert(
      fc.property(anySla, anyMonth, anyBase, microseconds, (sla, month, base, down) => {
        const { uptime, amount, capped } = owed(sla, month, base, down)
        expect({ uptime, amount, capped }).toEqual(longHand(sla, month, base, BigInt(down)))
      }),
      { numRuns: 500 },
    )
  })
})

function lowest(percentages: readonly string[], sign: 1 | -1): string {
  return percentages.toSorted((a, b) => sign * (Number(a) - Number(b)))[0] ?? '0'
}

/**
 * Another way to the same figures: no fractions, everything counted in millionths of a second, cents and
 * hundred-thousandths of a per cent, each comparison multiplied out.
 */
function longHand(sla: Exclude<Sla, { form: 'none' }>, month: string, baseCents: bigint, down: bigint) {
  const [year = 0, ordinal = 0] = month.split('-').map(Number)
  const whole = BigInt(Date.UTC(year, ordinal) - Date.UTC(year, ordinal - 1)) * 1000n
  const up = whole - down
  const steps = (text: string) => BigInt(text.replace('.', ''))
  const isBelow = (text: string) => up * 10_000_000n < steps(text) * whole
  // The share is top / bottom of the base.
  let [top, bottom] = [0n, 1n]
  if (sla.form === 'accelerated') {
    if (isBelow(sla.target)) [top, bottom] = [down * BigInt(sla.acceleration), whole]
  } else {
    for (const tier of sla.tiers)
      if (isBelow(tier.below) && steps(tier.credit) > top) top = steps(tier.credit)
    bottom = 10_000_000n
  }
  const capped = baseCents > 0n && top * 10_000_000n > steps(sla.cap) * bottom
  if (capped) [top, bottom] = [steps(sla.cap), 10_000_000n]
  const cents = (baseCents * top * 10n) / bottom
  const rounded = String((cents + 5n) / 10n).padStart(3, '0')
  const shown = String((up * 10_000_000n) / whole).padStart(6, '0')
  return {
    uptime: `${shown.slice(0, -5)}.${shown.slice(-5)}`,
    amount: `${rounded.slice(0, -2)}.${rounded.slice(-2)}`,
    capped,
  }
}
