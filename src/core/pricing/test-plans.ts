import type { Currency, Plan, Price, SupportPlan } from '../contract/contract.ts'
import {
  type AgreedFacts,
  type Arrangement,
  type Subscribed,
  type DatedTerms,
  arrangementsOf,
} from './arrangement.ts'

export const USD: Currency = { code: 'USD', minorDigits: 2 }

export function at(text: string): number {
  return Date.parse(text.length === 10 ? `${text}T00:00:00Z` : text)
}

export function price(monthly?: string, annual?: string): Price {
  return { monthly, annual }
}

const start: Plan = {
  eligibility: undefined,
  price: price('499.00', '4990.00'),
  includes: { mau: 10_000, connections: 500 },
  overage: {
    mau: { kind: 'unit', price: '0.09' },
    connections: { kind: 'unit', price: '0.99' },
    charge: 'higher',
  },
  limits: undefined,
  supportPlan: 'basic',
}

const enterprise: Plan = {
  ...start,
  price: price('8000.00', '80000.00'),
  includes: { mau: 250_000, connections: 12_500 },
  overage: {
    mau: { kind: 'unit', price: '0.04' },
    connections: { kind: 'unit', price: '0.50' },
    charge: 'higher',
  },
}

const maker: Plan = {
  ...start,
  price: price('0.00'),
  includes: { mau: 2_000, connections: 100 },
  overage: 'none',
}

const open: Plan = { ...start, price: price('9000.00'), includes: { mau: undefined, connections: undefined } }

const basic: SupportPlan = {
  price: undefined,
  sla: { form: 'none' },
  support: {
    calendar: 'always',
    firstResponse: {},
    nextResponse: {},
    resolution: {},
    channels: [],
    waitingForCustomer: 'run',
  },
  priority: 0,
  addOns: { premium: { price: price('1500.00'), firstResponse: {} } },
}

export const business: SupportPlan = {
  ...basic,
  price: price('500.00'),
  sla: {
    form: 'accelerated',
    target: '99.95',
    acceleration: 25,
    cap: '30',
    base: 'invoice',
    credit: 'automatic',
    claimDays: 30,
    timezone: 'UTC',
  },
}

export const contract = {
  plans: { start, enterprise, maker, open },
  supportPlans: { basic, business },
}

/** Subscriptions as `[from, plan, more]`, on one contract from long ago. */
export function agreed(
  subscriptions: readonly [from: string, plan: string, more?: Partial<Subscribed>][],
  more: Partial<AgreedFacts> & { readonly terms?: readonly DatedTerms[] } = {},
): Arrangement[] {
  return arrangementsOf({
    subscriptions: subscriptions.map(([from, plan, other]) => ({
      fromMs: at(from),
      plan,
      supportPlan: 'basic',
      addOns: [],
      interval: 'monthly',
      ...other,
    })),
    terms: [],
    contracts: [{ version: 1, fromMs: 0, contract }],
    ...more,
  })
}
