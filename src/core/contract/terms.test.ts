import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readTerms } from './terms.ts'

const yaml = readFileSync(new URL('../../../contracts/chat.yaml', import.meta.url), 'utf8')
const ground = { yaml, readBeside: () => undefined, plan: 'growth', supportPlan: 'business' }
const mistakes = (said: Record<string, unknown>) => {
  const result = readTerms(said, ground)
  return result.ok ? [] : result.mistakes
}

test('terms name what differs, and only that', () => {
  const result = readTerms(
    {
      price: { monthly: '399.00' },
      includes: { mau: 20_000 },
      overage: { mau: { tiers: [{ upTo: 5000, price: '0.08' }, { price: '0.05' }] } },
      limits: { app: { SendMessage: 9000 } },
    },
    ground,
  )
  expect(result).toEqual({
    ok: true,
    terms: {
      price: { monthly: '399.00' },
      includes: { mau: 20_000 },
      overage: {
        mau: {
          kind: 'tiers',
          tiers: [
            { upTo: 5000, price: '0.08' },
            { upTo: undefined, price: '0.05' },
          ],
        },
      },
      limits: { app: { SendMessage: 9000 } },
    },
  })
})

test('an SLA is negotiated whole, support time by time', () => {
  const sla = { form: 'tiered', tiers: [{ below: '99.9', credit: '10' }], cap: '50' }
  const result = readTerms({ sla, support: { waitingForCustomer: 'pause' } }, ground)
  expect(result).toMatchObject({
    ok: true,
    terms: {
      sla: {
        form: 'tiered',
        base: 'recurring',
        credit: 'automatic',
        claimDays: 30,
        timezone: 'UTC',
        cap: '50',
      },
      support: { waitingForCustomer: 'pause' },
    },
  })
  if (result.ok) expect(Object.keys(result.terms.support ?? {})).toEqual(['waitingForCustomer'])
})

test('the rules of contracts hold for terms, and mistakes say where in the terms', () => {
  expect(mistakes({ prize: {} })).toEqual([
    { path: 'prize', message: 'terms can name price, includes, overage, limits, sla, support' },
  ])
  expect(mistakes({ price: { monthly: 399 } })).toMatchObject([{ path: 'price.monthly' }])
  expect(mistakes({ price: { monthly: '399.001' } })).toMatchObject([{ path: 'price.monthly' }])
  expect(mistakes({ limits: { app: { SendMesage: 5 } } })).toMatchObject([
    { path: 'limits.app.SendMesage', message: expect.stringContaining('SendMessage') },
  ])
  expect(mistakes({ overage: { mau: { tiers: [{ upTo: 5, price: '1' }] } } })).toMatchObject([
    { path: 'overage.mau.tiers.0.upTo' },
  ])
  expect(mistakes({ sla: { form: 'accelerated', target: '99.9' } }).length).toBeGreaterThan(0)
  expect(mistakes({ support: { calendar: 'nowhere' } })).toMatchObject([{ path: 'support.calendar' }])
  expect(mistakes({ includes: 5 })[0]).toEqual({
    path: 'includes',
    message: '`includes`: expected a map; found 5',
  })
})

test('a key that is no name of the contract is only a key', () => {
  expect(mistakes(JSON.parse('{"__proto__": {"price": 1}}')).length).toBe(1)
})
