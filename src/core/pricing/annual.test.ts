import { describe, expect, it } from 'vitest'
import type { Arrangement } from './arrangement.ts'
import { invoiceLines } from './invoice-lines.ts'
import { USD, agreed, at } from './test-plans.ts'

function shown(
  arrangements: readonly Arrangement[],
  month = '2026-04',
  usage = { mau: 0, connections: 0 },
): string[] {
  const lines = invoiceLines({ month, currency: USD, arrangements, usage })
  return lines.map(({ description, amount }) => `${description}: ${amount}`)
}

describe('a yearly fee', () => {
  const annual = { interval: 'annual' } as const

  it('is billed ahead in the month in which its year begins, and overage every month', () => {
    const arrangements = agreed([['2026-04-10', 'start', annual]])
    expect(shown(arrangements, '2026-04')).toEqual([
      'Plan start, 2026-04-10T00:00:00Z to 2027-04-10T00:00:00Z: 4990.00',
    ])
    expect(shown(arrangements, '2026-05', { mau: 12_000, connections: 0 })).toEqual([
      'Overage: monthly active users: 180.00',
    ])
    expect(shown(arrangements, '2027-03')).toEqual([])
    expect(shown(arrangements, '2027-04')).toEqual([
      'Plan start, 2027-04-10T00:00:00Z to 2028-04-10T00:00:00Z: 4990.00',
    ])
  })

  it('is billed monthly for what has no yearly price', () => {
    const arrangements = agreed([['2026-04-01', 'start', { ...annual, supportPlan: 'business' }]])
    expect(shown(arrangements, '2026-05')).toEqual(['Support plan business: 500.00'])
  })

  it('of a bigger plan replaces the smaller for the rest of the paid year, by the second', () => {
    const arrangements = agreed([
      ['2026-01-01', 'start', annual],
      ['2026-07-02T12:00:00Z', 'enterprise', annual],
    ])
    expect(shown(arrangements, '2026-07')).toEqual([
      'Plan start, 2026-07-02T12:00:00Z to 2027-01-01T00:00:00Z, unused: -2495.00',
      'Plan enterprise, 2026-07-02T12:00:00Z to 2027-01-01T00:00:00Z: 40000.00',
    ])
    expect(shown(arrangements, '2027-01')).toEqual([
      'Plan enterprise, 2027-01-01T00:00:00Z to 2028-01-01T00:00:00Z: 80000.00',
    ])
  })

  it('is settled for its year: a new price waits for the next', () => {
    const terms = [{ fromMs: at('2026-06-01'), price: { annual: '4000.00' } }]
    const arrangements = agreed([['2026-01-01', 'start', annual]], { terms })
    expect(shown(arrangements, '2026-06')).toEqual([])
    expect(shown(arrangements, '2027-01')).toEqual([
      'Plan start, 2027-01-01T00:00:00Z to 2028-01-01T00:00:00Z: 4000.00',
    ])
  })

  it('begins where monthly payment ends, and gives nothing back to who leaves', () => {
    const arrangements = agreed(
      [
        ['2026-01-01', 'start'],
        ['2026-04-16', 'start', annual],
      ],
      { endedMs: at('2026-08-01') },
    )
    expect(shown(arrangements)).toEqual([
      'Plan start, 2026-04-01T00:00:00Z to 2026-04-16T00:00:00Z: 249.50',
      'Plan start, 2026-04-16T00:00:00Z to 2027-04-16T00:00:00Z: 4990.00',
    ])
    expect(shown(arrangements, '2026-08')).toEqual([])
  })

  it('begun on a 29th of February is renewed on the 28th', () => {
    const arrangements = agreed([['2028-02-29', 'start', annual]])
    expect(shown(arrangements, '2029-02')).toEqual([
      'Plan start, 2029-02-28T00:00:00Z to 2030-02-28T00:00:00Z: 4990.00',
    ])
  })
})
