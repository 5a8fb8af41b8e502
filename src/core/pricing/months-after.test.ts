import { describe, expect, it } from 'vitest'
import { billed } from '../exact/money.ts'
import { changeBegins } from './change-begins.ts'
import { correctionLines } from './corrections.ts'
import { invoiceLines } from './invoice-lines.ts'
import { slaBase, slaInForce } from './sla-base.ts'
import { USD, agreed, at, business } from './test-plans.ts'

const usage = { mau: 12_000, connections: 0 }
const annual = { interval: 'annual' } as const

function month(arrangements: ReturnType<typeof agreed>, used = usage, name = '2026-04') {
  return invoiceLines({ month: name, currency: USD, arrangements, usage: used })
}

describe('what a credit is a share of', () => {
  const base = (kind: 'invoice' | 'recurring', arrangements: ReturnType<typeof agreed>) =>
    billed(slaBase({ base: kind, month: '2026-04', arrangements, lines: month(arrangements) }), 2)

  it('is the month’s invoice with overage, or the recurring fees alone', () => {
    const arrangements = agreed([['2026-01-01', 'start', { supportPlan: 'business', addOns: ['premium'] }]])
    expect(base('invoice', arrangements)).toBe('2679.00')
    expect(base('recurring', arrangements)).toBe('2499.00')
  })

  it('counts a twelfth of a yearly fee, in the month in which it was billed and in every other', () => {
    for (const from of ['2026-04-01', '2026-01-15', '2025-04-20']) {
      expect(base('recurring', agreed([[from, 'start', annual]]))).toBe('415.83')
      expect(base('invoice', agreed([[from, 'start', annual]]))).toBe('595.83')
    }
    expect(base('recurring', agreed([['2026-04-16', 'start', annual]]))).toBe('207.92')
  })

  it('leaves out the corrections of other months', () => {
    const arrangements = agreed([['2026-01-01', 'start']])
    const now = month(arrangements)
    const corrections = correctionLines({ month: '2026-03', closed: [], now, corrected: [], currency: USD })
    const lines = [...now, ...corrections]
    expect(billed(slaBase({ base: 'invoice', month: '2026-04', arrangements, lines }), 2)).toBe('679.00')
  })

  it('goes with the SLA in force when the month or the subscription began', () => {
    const arrangements = agreed([
      ['2026-04-10', 'start', { supportPlan: 'business' }],
      ['2026-05-10', 'start'],
    ])
    expect(slaInForce(arrangements, '2026-04')).toEqual(business.sla)
    expect(slaInForce(arrangements, '2026-05')).toEqual(business.sla)
    expect(slaInForce(arrangements, '2026-06')).toEqual({ form: 'none' })
    expect(slaInForce(arrangements, '2026-03')).toEqual({ form: 'none' })
  })

  it('can be negotiated apart', () => {
    const terms = [{ fromMs: at('2026-04-01'), sla: business.sla }]
    expect(slaInForce(agreed([['2026-01-01', 'start']], { terms }), '2026-04')).toEqual(business.sla)
  })
})

describe('a closed month', () => {
  const arrangements = agreed([['2026-01-01', 'start']])
  const closed = month(arrangements)
  const late = month(arrangements, { mau: 12_100, connections: 0 })
  const facts = { month: '2026-04', closed, corrected: [], currency: USD }

  it('is put right by a line that names it and says why', () => {
    const [line] = correctionLines({ ...facts, now: late })
    expect(line).toMatchObject({ kind: 'correction', description: 'Correction of 2026-04', amount: '9.00' })
    expect(line?.because.slice(0, 2)).toEqual([
      'Billed for 2026-04 so far: 679.00.',
      'With what was learned since it closed: 688.00.',
    ])
    expect(line?.because.join(' ')).toContain('12,100 monthly active users')
  })

  it('is put right once, however often the same facts come', () => {
    const corrected = correctionLines({ ...facts, now: late })
    expect(correctionLines({ ...facts, now: late, corrected })).toEqual([])
    expect(correctionLines({ ...facts, now: closed })).toEqual([])
  })

  it('gives back what is no longer owed', () => {
    const now = month(arrangements, { mau: 0, connections: 0 })
    const [line] = correctionLines({ ...facts, now })
    expect(line?.amount).toBe('-180.00')
    expect(line?.because).toContain('Overage: monthly active users, 180.00, is no longer owed.')
  })
})

describe('a change of plan', () => {
  const now = at('2026-04-16')
  const wanted = (plan: string, more = {}) => agreed([['2026-04-16', plan, more]])[0]!

  it('up begins at once, down with the next month', () => {
    expect(changeBegins(agreed([['2026-01-01', 'start']]), wanted('enterprise'), now)).toBe(now)
    expect(changeBegins(agreed([['2026-01-01', 'enterprise']]), wanted('start'), now)).toBe(at('2026-05-01'))
    expect(changeBegins(agreed([['2026-01-01', 'start']]), wanted('start'), now)).toBe(now)
    expect(changeBegins([], wanted('start'), now)).toBe(now)
  })

  it('counts support plan and add-ons, and payment by the year', () => {
    const held = agreed([['2026-01-01', 'start', { supportPlan: 'business', addOns: ['premium'] }]])
    expect(changeBegins(held, wanted('start', { supportPlan: 'business' }), now)).toBe(at('2026-05-01'))
    expect(changeBegins(agreed([['2026-01-01', 'start']]), wanted('start', annual), now)).toBe(
      at('2026-05-01'),
    )
    expect(changeBegins(agreed([['2026-01-01', 'start']]), wanted('enterprise', annual), now)).toBe(now)
  })

  it('from a yearly plan, down or to monthly payment, waits for the end of the paid year', () => {
    const held = agreed([['2026-01-10', 'enterprise', annual]])
    expect(changeBegins(held, wanted('start', annual), now)).toBe(at('2027-01-10'))
    expect(changeBegins(held, wanted('enterprise'), now)).toBe(at('2027-01-10'))
    const small = agreed([['2026-01-10', 'start', annual]])
    expect(changeBegins(small, wanted('enterprise', annual), now)).toBe(now)
  })
})
