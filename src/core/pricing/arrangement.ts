import type { Contract, Plan, SupportPlan } from '../contract/contract.ts'
import type { Terms } from '../contract/terms.ts'
import { isoInstant } from '../time/instant.ts'
import type { Span } from '../time/span.ts'

/** What holds between provider and customer over a span, with everything negotiated already in it. */
export interface Arrangement extends Span {
  readonly contractVersion: number
  readonly planName: string
  readonly plan: Plan
  readonly supportPlanName: string
  readonly supportPlan: SupportPlan
  readonly addOns: readonly string[]
  readonly interval: 'monthly' | 'annual'
}

export interface Subscribed {
  readonly fromMs: number
  readonly plan: string
  readonly supportPlan: string
  readonly addOns: readonly string[]
  readonly interval: 'monthly' | 'annual'
}

/** What was negotiated apart, whole, from a date on until other terms begin. */
export interface DatedTerms extends Terms {
  readonly fromMs: number
}

/** A version of the contract, from when its prices hold: the month after it was loaded, unless it was dated. */
export interface PricedContract {
  readonly version: number
  readonly fromMs: number
  readonly contract: Pick<Contract, 'plans' | 'supportPlans'>
}

export interface AgreedFacts {
  readonly subscriptions: readonly Subscribed[]
  readonly terms: readonly DatedTerms[]
  readonly contracts: readonly PricedContract[]
  /** When the customer left; undefined: it has not. */
  readonly endedMs?: number | undefined
}

/**
 * All that ever held, ascending and without gaps, from the first subscription on; the last one ends when the
 * customer left, or never. Throws an Error for a plan that no contract has.
 */
export function arrangementsOf(facts: AgreedFacts): Arrangement[] {
  const first = Math.min(...facts.subscriptions.map(({ fromMs }) => fromMs))
  const last = facts.endedMs ?? Infinity
  const changes = [...facts.subscriptions, ...facts.terms, ...facts.contracts].map(({ fromMs }) => fromMs)
  const starts = [...new Set(changes)].filter(at => at >= first && at < last).toSorted((a, b) => a - b)
  return starts.map((startMs, index) => arrangementAt(facts, { startMs, endMs: starts[index + 1] ?? last }))
}

function arrangementAt(facts: AgreedFacts, { startMs, endMs }: Span): Arrangement {
  const subscription = inForce(facts.subscriptions, startMs)
  // A plan sold before its prices begin has those of the first version that knows it.
  const fitting = byStart(facts.contracts.filter(each => subscription && knows(each.contract, subscription)))
  const priced = inForce(fitting, startMs) ?? fitting[0]
  const plan = priced?.contract.plans[subscription?.plan ?? '']
  const supportPlan = priced?.contract.supportPlans[subscription?.supportPlan ?? '']
  if (subscription === undefined || priced === undefined || plan === undefined || supportPlan === undefined) {
    const wanted = `${subscription?.plan ?? 'none'} with ${subscription?.supportPlan ?? 'none'}`
    throw new Error(`at ${isoInstant(startMs)} no contract has the plan ${wanted}`)
  }
  const terms: Terms = inForce(facts.terms, startMs) ?? {}
  return {
    startMs,
    endMs,
    contractVersion: priced.version,
    planName: subscription.plan,
    plan: negotiated(plan, terms),
    supportPlanName: subscription.supportPlan,
    supportPlan: {
      ...supportPlan,
      sla: terms.sla ?? supportPlan.sla,
      support: { ...supportPlan.support, ...terms.support },
    },
    addOns: subscription.addOns,
    interval: subscription.interval,
  }
}

function knows({ plans, supportPlans }: PricedContract['contract'], wanted: Subscribed): boolean {
  const support = supportPlans[wanted.supportPlan]
  if (plans[wanted.plan] === undefined || support === undefined) return false
  return wanted.addOns.every(name => support.addOns[name] !== undefined)
}

/** Price, included numbers and overage one by one: terms that name one leave the others to the plan. */
function negotiated(plan: Plan, { price, includes, overage }: Terms): Plan {
  return {
    ...plan,
    price: { ...plan.price, ...price },
    includes: { ...plan.includes, ...includes },
    overage: negotiatedOverage(plan.overage, overage),
  }
}

function negotiatedOverage(before: Plan['overage'], terms: Terms['overage']): Plan['overage'] {
  if (terms === undefined) return before
  if (terms === 'none') return terms
  const base =
    before === 'none' ? { mau: undefined, connections: undefined, charge: 'higher' as const } : before
  return { ...base, ...terms }
}

function inForce<T extends { readonly fromMs: number }>(list: readonly T[], atMs: number): T | undefined {
  return byStart(list).findLast(({ fromMs }) => fromMs <= atMs)
}

function byStart<T extends { readonly fromMs: number }>(list: readonly T[]): T[] {
  return list.toSorted((a, b) => a.fromMs - b.fromMs)
}
