import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromMinorUnits, minorUnits } from '../exact/money.ts'
import { applyCredits } from './apply-credits.ts'
import type { InvoiceLine } from './invoice-line.ts'
import { invoiceLines } from './invoice-lines.ts'
import { totalInvoice } from './invoice-total.ts'
import { taxOn } from './tax.ts'
import { USD, agreed, at } from './test-plans.ts'

const cents = (text: string) => minorUnits(text, 2)

function manual(amount: string): InvoiceLine {
  return {
    kind: 'manual',
    description: 'By hand',
    quantity: 1,
    included: null,
    rate: null,
    amount,
    interval: null,
    because: [],
  }
}

function total(amounts: readonly string[], credits: readonly string[], percent = '0') {
  return totalInvoice({
    lines: amounts.map(manual),
    credits: credits.map((amount, index) => ({ id: `c${index}`, grantedMs: index, amount })),
    tax: { kind: 'rate', percent },
    currency: USD,
  })
}

describe('an invoice', () => {
  it('is its lines, less credits, plus tax on what is left', () => {
    expect(total(['499.00', '180.00'], ['100.00', '29.00'], '19')).toEqual({
      subtotal: '679.00',
      creditsApplied: [
        { id: 'c0', amount: '100.00' },
        { id: 'c1', amount: '29.00' },
      ],
      creditsLeft: [],
      taxable: '550.00',
      tax: { amount: '104.50', words: '19 % of 550.00' },
      total: '654.50',
    })
  })

  it('sums to its total, whatever its lines, credits and tax are', () => {
    const amount = fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n }).map(units => fromMinorUnits(units, 2))
    const credit = fc.bigInt({ min: 1n, max: 10n ** 16n }).map(units => fromMinorUnits(units, 2))
    const percent = fc
      .integer({ min: 0, max: 1000 })
      .map(tenths => `${Math.floor(tenths / 10)}.${tenths % 10}`)
    fc.assert(
      fc.property(fc.array(amount), fc.array(credit), percent, (amounts, credits, rate) => {
        const {
          subtotal,
          creditsApplied,
          creditsLeft,
          taxable,
          tax,
          total: due,
        } = total(amounts, credits, rate)
        const sum = (list: readonly string[]) => list.reduce((all, each) => all + cents(each), 0n)
        const used = sum(creditsApplied.map(use => use.amount))
        expect(cents(subtotal)).toBe(sum(amounts))
        expect(cents(taxable)).toBe(cents(subtotal) - used)
        expect(cents(due)).toBe(cents(taxable) + cents(tax.amount))
        expect(used + sum(creditsLeft.map(use => use.amount))).toBe(sum(credits))
        expect(used === 0n || cents(taxable) >= 0n).toBe(true)
      }),
    )
  })

  it('of a month cut into parts is at most half a cent a line from the whole fee', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 2_591_999 }), { maxLength: 5 }), seconds => {
        const terms = seconds
          .toSorted((a, b) => a - b)
          // The same fee written in as many ways, so that its lines stay apart.
          .map((second, index) => ({
            fromMs: at('2026-04-01') + second * 1000,
            price: { monthly: `499.000${'0'.repeat(index)}` },
          }))
        const arrangements = agreed([['2026-01-01', 'start']], { terms })
        const usage = { mau: 0, connections: 0 }
        const lines = invoiceLines({ month: '2026-04', currency: USD, arrangements, usage })
        expect(lines.length).toBe(seconds.length + 1)
        const off = lines.reduce((all, { amount }) => all + cents(amount), -49_900n)
        expect(2n * (off < 0n ? -off : off)).toBeLessThanOrEqual(BigInt(lines.length))
      }),
    )
  })
})

describe('credits', () => {
  const credits = [
    { id: 'young', grantedMs: 2, amount: '30.00' },
    { id: 'old', grantedMs: 1, amount: '50.00' },
  ]

  it('are used oldest first, and what is left of one is kept', () => {
    expect(applyCredits('60.00', credits, 2)).toEqual({
      applied: [
        { id: 'old', amount: '50.00' },
        { id: 'young', amount: '10.00' },
      ],
      left: [{ id: 'young', amount: '20.00' }],
    })
  })

  it('never lower an invoice below zero, and leave a negative one alone', () => {
    expect(applyCredits('50.00', credits, 2).left).toEqual([{ id: 'young', amount: '30.00' }])
    expect(applyCredits('0.00', credits, 2).applied).toEqual([])
    expect(applyCredits('-5.00', credits, 2).applied).toEqual([])
  })
})

describe('tax', () => {
  it('is rounded half up once, on the whole', () => {
    expect(taxOn('0.50', { kind: 'rate', percent: '19' }, 2).amount).toBe('0.10')
    expect(taxOn('0.50', { kind: 'rate', percent: '1' }, 2).amount).toBe('0.01')
    expect(taxOn('1000', { kind: 'rate', percent: '19' }, 0).amount).toBe('190')
  })

  it('is nothing for who is exempt or owes it himself, and says so', () => {
    expect(taxOn('100.00', { kind: 'exempt', reason: 'a school' }, 2)).toEqual({
      amount: '0.00',
      words: 'Exempt from tax: a school',
    })
    expect(taxOn('100.00', { kind: 'reverse-charge' }, 2).amount).toBe('0.00')
    expect(taxOn('100.00', { kind: 'reverse-charge' }, 2).words).toMatch(/^Reverse charge/)
  })
})
