import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { readContract } from '../contract/read-contract.ts'
import type { AgreedFacts, Subscribed } from './arrangement.ts'
import { USD, at } from './test-plans.ts'
import { agreedUntil, billOf, missingPlan, underContract, underPlan } from './what-if.ts'

const yaml = readFileSync(new URL('../../../contracts/chat.yaml', import.meta.url), 'utf8')
function contractOf(text: string) {
  const result = readContract(text, 'contract.yaml', () => undefined)
  if (!result.ok) throw new Error('it has mistakes')
  return result.contract
}
const chat = contractOf(yaml)
const month = '2026-10'

function agreed(plan: string, more: Partial<Subscribed> = {}): AgreedFacts {
  const supportPlan = chat.plans[plan]?.supportPlan ?? ''
  const held = {
    fromMs: at('2026-02-10'),
    plan,
    supportPlan,
    addOns: [],
    interval: 'monthly' as const,
    ...more,
  }
  return { subscriptions: [held], terms: [], contracts: [{ version: 1, fromMs: 0, contract: chat }] }
}

function billed(facts: AgreedFacts, mau: number, connections = 0): string {
  return billOf(facts, { month, currency: USD, usage: { mau, connections } }).subtotal
}

it('another contract prices the same usage anew: 499.00 + 2,000 x 0.09, then 520.00 + 2,000 x 0.05', () => {
  const other = contractOf(yaml.replace('"499.00"', '"520.00"').replace('mau: "0.09"', 'mau: "0.05"'))
  const start = agreed('start')
  expect(billed(start, 12_000)).toBe('679.00')
  expect(billed(underContract(start, month, other), 12_000)).toBe('620.00')
})

it('another plan has its own support plan: 1299.00 and 500.00 instead of 499.00 + 20,000 x 0.09', () => {
  const start = agreed('start')
  expect(billed(start, 30_000)).toBe('2299.00')
  expect(billed(underPlan(underContract(start, month, chat), month, chat, 'growth'), 30_000)).toBe('1799.00')
})

it('what was negotiated for one plan is not taken into another', () => {
  const negotiated = { ...agreed('start'), terms: [{ fromMs: at('2026-03-01'), price: { monthly: '1.00' } }] }
  expect(billed(negotiated, 0)).toBe('1.00')
  expect(billed(underContract(negotiated, month, chat), 0)).toBe('1.00')
  expect(billed(underPlan(negotiated, month, chat, 'growth'), 0)).toBe('1799.00')
})

it('who came in the middle of the month pays half of it under either plan', () => {
  const late = agreed('start', { fromMs: at('2026-10-16T12:00:00Z') })
  expect(billed(late, 0)).toBe('249.50')
  expect(billed(underPlan(late, month, chat, 'enterprise'), 0)).toBe('5000.00')
})

it('a contract without the plan that is held says so instead of a price', () => {
  const without = contractOf(yaml.replace('  maker:', '  hobby:'))
  expect(missingPlan(agreed('maker'), month, without)).toBe('plan maker')
  expect(missingPlan(agreed('start'), month, without)).toBeUndefined()
})

it('under the same contract every bill is the same to the cent', () => {
  const plan = fc.constantFrom('maker', 'start', 'growth', 'enterprise')
  const held = fc.record({ plan, day: fc.integer({ min: -60, max: 40 }) })
  const held1 = fc.tuple(held, fc.array(held, { maxLength: 3 }))
  fc.assert(
    fc.property(
      held1,
      fc.nat({ max: 400_000 }),
      fc.nat({ max: 20_000 }),
      ([first, rest], mau, connections) => {
        const facts = agreedUntil(month, {
          ...agreed(first.plan),
          subscriptions: [first, ...rest].flatMap(
            ({ plan: name, day }) =>
              agreed(name, { fromMs: at('2026-10-01') + day * 86_400_000 + 12_345_000 }).subscriptions,
          ),
        })
        expect(billed(underContract(facts, month, chat), mau, connections)).toBe(
          billed(facts, mau, connections),
        )
      },
    ),
  )
})
