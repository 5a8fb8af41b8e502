import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Overage } from '../contract/contract.ts'
import type { DatedTerms } from './arrangement.ts'
import { invoiceLines } from './invoice-lines.ts'
import { USD, agreed, at, contract, price } from './test-plans.ts'

const NONE = { mau: 0, connections: 0 }

function lines(arrangements: ReturnType<typeof agreed>, month = '2026-04', usage = NONE) {
  return invoiceLines({ month, currency: USD, arrangements, usage })
}

function shown(...of: Parameters<typeof lines>): string[] {
  return lines(...of).map(({ description, amount }) => `${description}: ${amount}`)
}

describe('a month’s lines', () => {
  it('are plan, support plan, add-ons and overage, in this order, and explain themselves', () => {
    const arrangements = agreed([['2026-01-01', 'start', { supportPlan: 'business', addOns: ['premium'] }]])
    expect(lines(arrangements, '2026-04', { mau: 12_000, connections: 700 })).toEqual([
      feeLine('plan', 'Plan start', '499.00', '499.00'),
      feeLine('support-plan', 'Support plan business', '500.00', '500.00'),
      feeLine('add-on', 'Add-on premium', '1500.00', '1500.00'),
      {
        kind: 'overage',
        description: 'Overage: peak connections',
        quantity: 700,
        included: 500,
        rate: '0.99',
        amount: '198.00',
        interval: null,
        because: [
          '12,000 monthly active users, 10,000 included: 2,000 over.',
          '2,000 x 0.09 = 180.',
          '700 peak connections, 500 included: 200 over.',
          '200 x 0.99 = 198.',
          'The higher charge is billed, never the sum: peak connections, not monthly active users.',
          'Rounded half up: 198.00.',
          'Contract version 1.',
        ],
      },
    ])
  })

  it('name whole seconds, and are billed by the millisecond', () => {
    const arrangements = agreed([
      ['2026-01-01', 'start'],
      ['2026-04-16T00:00:05.765Z', 'enterprise'],
    ])
    const [first, second] = lines(arrangements)
    expect(first?.description).toBe('Plan start, 2026-04-01T00:00:00Z to 2026-04-16T00:00:05Z')
    expect(second?.description).toBe('Plan enterprise, 2026-04-16T00:00:05Z to 2026-05-01T00:00:00Z')
    expect(first?.because[0]).toContain('499.00 x 1296005.765 / 2592000 seconds')
  })

  it('bill an upgrade by the second, each plan for its part', () => {
    const arrangements = agreed([
      ['2026-01-01', 'start'],
      ['2026-04-16', 'enterprise'],
    ])
    expect(shown(arrangements)).toEqual([
      'Plan start, 2026-04-01T00:00:00Z to 2026-04-16T00:00:00Z: 249.50',
      'Plan enterprise, 2026-04-16T00:00:00Z to 2026-05-01T00:00:00Z: 4000.00',
    ])
    expect(shown(arrangements, '2026-05')).toEqual(['Plan enterprise: 8000.00'])
  })

  it('join what a change leaves as it was', () => {
    const arrangements = agreed([
      ['2026-01-01', 'start'],
      ['2026-04-16', 'start', { addOns: ['premium'] }],
    ])
    expect(shown(arrangements)).toEqual([
      'Plan start: 499.00',
      'Add-on premium, 2026-04-16T00:00:00Z to 2026-05-01T00:00:00Z: 750.00',
    ])
  })

  it('stay apart when a fee comes back after another', () => {
    const arrangements = agreed([
      ['2026-01-01', 'start'],
      ['2026-04-11', 'enterprise'],
      ['2026-04-21', 'start'],
    ])
    expect(lines(arrangements).map(({ amount }) => amount)).toEqual(['166.33', '2666.67', '166.33'])
  })

  it('end with the customer, whatever was to begin later', () => {
    const later = [{ fromMs: at('2026-05-01'), price: { monthly: '1.00' } }]
    const arrangements = agreed([['2026-01-01', 'start']], { endedMs: at('2026-04-16'), terms: later })
    expect(lines(arrangements).map(({ amount }) => amount)).toEqual(['249.50'])
    expect(lines(arrangements, '2026-05')).toEqual([])
  })

  it('cover only the time in which there was a subscription', () => {
    const arrangements = agreed([['2026-04-11', 'start']], { endedMs: at('2026-04-21') })
    expect(shown(arrangements)).toEqual(['Plan start, 2026-04-11T00:00:00Z to 2026-04-21T00:00:00Z: 166.33'])
    expect(shown(arrangements, '2026-03')).toEqual([])
    expect(shown(arrangements, '2026-05')).toEqual([])
  })

  it('take what was negotiated from its date on, and the plan’s own for the rest', () => {
    const terms: DatedTerms[] = [
      { fromMs: at('2026-04-01'), price: { monthly: '400.00' }, includes: { mau: 20_000 } },
      { fromMs: at('2026-05-01'), overage: { mau: { kind: 'unit', price: '0.01' } } },
    ]
    const arrangements = agreed([['2026-01-01', 'start']], { terms })
    const usage = { mau: 30_000, connections: 501 }
    expect(shown(arrangements, '2026-03', usage)).toEqual([
      'Plan start: 499.00',
      'Overage: monthly active users: 1800.00',
    ])
    expect(shown(arrangements, '2026-04', usage)).toEqual([
      'Plan start: 400.00',
      'Overage: monthly active users: 900.00',
    ])
    // Other terms, whole: the price and the number are the plan's again.
    expect(shown(arrangements, '2026-05', usage)).toEqual([
      'Plan start: 499.00',
      'Overage: monthly active users: 200.00',
    ])
  })

  it('take prices from the contract that was in force, part by part', () => {
    const dearer = { ...contract, plans: { start: { ...contract.plans.start, price: price('600.00') } } }
    const arrangements = agreed([['2026-01-01', 'start']], {
      contracts: [
        { version: 1, fromMs: 0, contract },
        { version: 2, fromMs: at('2026-05-01'), contract: dearer },
      ],
    })
    expect(lines(arrangements)[0]).toMatchObject({
      amount: '499.00',
      because: ['A month at 499.00.', 'Contract version 1.'],
    })
    expect(lines(arrangements, '2026-05')[0]).toMatchObject({
      amount: '600.00',
      because: ['A month at 600.00.', 'Contract version 2.'],
    })
  })

  it('name a plan that no contract has instead of billing nothing', () => {
    expect(() => agreed([['2026-01-01', 'gone']])).toThrow('the plan gone with basic')
  })
})

describe('what a month includes', () => {
  const usage = { mau: 300_000, connections: 0 }
  const included = (arrangements: ReturnType<typeof agreed>) =>
    lines(arrangements, '2026-04', usage).at(-1)?.included

  it('is the mean of the plans, weighted by time and rounded up', () => {
    expect(
      included(
        agreed([
          ['2026-01-01', 'start'],
          ['2026-04-16', 'enterprise'],
        ]),
      ),
    ).toBe(130_000)
    expect(
      included(
        agreed([
          ['2026-01-01', 'start'],
          ['2026-04-30T23:59:59Z', 'enterprise'],
        ]),
      ),
    ).toBe(10_001)
  })

  it('grows with a second of a bigger plan by that second’s share, never by its allowance', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2_591_999 }),
        fc.integer({ min: 0, max: 1e9 }),
        (second, more) => {
          const fromMs = at('2026-04-01') + second * 1000
          const terms = [
            { fromMs, includes: { mau: 10_000 + more } },
            { fromMs: fromMs + 1000, includes: { mau: 10_000 } },
          ]
          const arrangements = agreed([['2026-01-01', 'start']], { terms })
          const line = lines(arrangements, '2026-04', { mau: 1e9, connections: 0 }).at(-1)
          expect(line?.included).toBe(10_000 + Math.ceil(more / 2_592_000))
        },
      ),
    )
  })

  it('is a part for a part of the month, as the fee is', () => {
    expect(included(agreed([['2026-04-16', 'start']]))).toBe(5_000)
  })

  it('is not freed of its price by a second without a number', () => {
    const arrangements = agreed([
      ['2026-01-01', 'start'],
      ['2026-04-30T23:59:59Z', 'open'],
    ])
    const [line] = lines(arrangements, '2026-04', { mau: 12_000, connections: 0 }).slice(-1)
    expect(line).toMatchObject({ included: 10_000, rate: '0.09', amount: '180.00' })
    expect(line?.because).toContain(
      'Billed for the part of the month in which they have a price, 2591999 / 2592000: 179.999931.',
    )
    expect(shown(agreed([['2026-01-01', 'open']]), '2026-04', usage)).toEqual(['Plan open: 9000.00'])
  })

  it('counts what a hard plan includes, and a second of one frees a second', () => {
    const up = lines(
      agreed([
        ['2026-01-01', 'maker'],
        ['2026-04-16', 'start'],
      ]),
      '2026-04',
      { mau: 9_000, connections: 0 },
    )
    expect(up.at(-1)).toMatchObject({ included: 6_000, amount: '270.00' })
    const hard = agreed([
      ['2026-01-01', 'start'],
      ['2026-04-30T23:59:59Z', 'maker'],
    ])
    const [line] = lines(hard, '2026-04', { mau: 12_000, connections: 0 }).slice(-1)
    expect(line).toMatchObject({ kind: 'overage', included: 10_000, amount: '180.00' })
    const half = agreed([
      ['2026-01-01', 'start'],
      ['2026-04-16', 'maker'],
    ])
    const [halved] = lines(half, '2026-04', { mau: 12_000, connections: 0 }).slice(-1)
    expect(halved).toMatchObject({ included: 6_000, amount: '270.00' })
  })

  it('is charged at the rates in force at the month’s end', () => {
    const arrangements = agreed([
      ['2026-01-01', 'start'],
      ['2026-04-16', 'enterprise'],
    ])
    expect(lines(arrangements, '2026-04', usage).at(-1)).toMatchObject({ rate: '0.04', amount: '6800.00' })
  })

  it('has no rate of one unit where it comes in packages, and says so in its steps', () => {
    const overage: Overage = {
      mau: undefined,
      connections: { kind: 'package', size: 100, price: '50.00' },
      charge: 'higher',
    }
    const terms = [{ fromMs: at('2026-01-01'), overage }]
    const arrangements = agreed([['2026-01-01', 'start']], { terms })
    const [line] = lines(arrangements, '2026-04', { mau: 0, connections: 700 }).slice(-1)
    expect(line).toMatchObject({ quantity: 700, included: 500, rate: null, amount: '100.00' })
    expect(line?.because).toContain('200 are 2 begun packages of 100, at 50.00: 100.')
  })

  it('is hard where the plan has no overage', () => {
    expect(shown(agreed([['2026-01-01', 'maker']]), '2026-04', usage)).toEqual(['Plan maker: 0.00'])
  })
})

function feeLine(kind: string, description: string, rate: string, amount: string) {
  const because = [`A month at ${rate}.`, 'Contract version 1.']
  return { kind, description, quantity: 1, included: null, rate, amount, interval: 'monthly', because }
}
