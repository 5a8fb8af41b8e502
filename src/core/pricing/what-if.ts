import type { Contract } from '../contract/contract.ts'
import { totalOf } from '../exact/money.ts'
import { monthSpan } from '../time/month.ts'
import { type AgreedFacts, type Subscribed, arrangementsOf } from './arrangement.ts'
import type { InvoiceLine } from './invoice-line.ts'
import { type MonthFacts, invoiceLines } from './invoice-lines.ts'

export interface Bill {
  readonly lines: readonly InvoiceLine[]
  /** The sum of the lines: before tax, credits and corrections of other months. */
  readonly subtotal: string
}

/**
 * A month's bill. What begins after the month is left out, since it cannot matter to it. Throws an Error when a
 * contract lacks a plan that is held: see `missingPlan`.
 */
export function billOf(
  facts: AgreedFacts,
  { month, currency, usage }: Omit<MonthFacts, 'arrangements'>,
): Bill {
  const arrangements = facts.subscriptions.length === 0 ? [] : arrangementsOf(facts)
  const lines = invoiceLines({ month, currency, usage, arrangements })
  const amounts = lines.map(({ amount }) => amount)
  return { lines, subtotal: totalOf(amounts, currency.minorDigits) }
}

/** What was agreed, as far as it begins before a month's end. */
export function agreedUntil(month: string, facts: AgreedFacts): AgreedFacts {
  const { endMs } = monthSpan(month)
  const begun = <T extends { readonly fromMs: number }>(list: readonly T[]) =>
    list.filter(({ fromMs }) => fromMs < endMs)
  const { subscriptions, terms, contracts } = facts
  return { ...facts, subscriptions: begun(subscriptions), terms: begun(terms), contracts: begun(contracts) }
}

/** The same customer, had another contract held for the whole month. Years paid before the month stay paid. */
export function underContract(facts: AgreedFacts, month: string, contract: Contract): AgreedFacts {
  const { startMs } = monthSpan(month)
  const earlier = facts.contracts.filter(({ fromMs }) => fromMs < startMs)
  const version = Math.max(0, ...facts.contracts.map(each => each.version)) + 1
  return { ...facts, contracts: [...earlier, { version, fromMs: startMs, contract }] }
}

/**
 * The same customer, had it held another plan of the contract for as much of the month as it held one: with the
 * support plan that comes with it, and without what was negotiated for the plan that it has.
 */
export function underPlan(facts: AgreedFacts, month: string, contract: Contract, name: string): AgreedFacts {
  const { startMs } = monthSpan(month)
  const plan = contract.plans[name]
  const held = inForce(facts.subscriptions, startMs)
  if (plan === undefined || held === undefined) return facts
  const sold = contract.supportPlans[plan.supportPlan]?.addOns ?? {}
  const fromMs = Math.max(startMs, held.fromMs)
  const other: Subscribed = {
    fromMs,
    plan: name,
    supportPlan: plan.supportPlan,
    addOns: held.addOns.filter(addOn => Object.hasOwn(sold, addOn)),
    interval: held.interval,
  }
  const earlier = facts.subscriptions.filter(each => each.fromMs < fromMs)
  const terms = facts.terms.filter(each => each.fromMs < startMs)
  return { ...facts, subscriptions: [...earlier, other], terms: [...terms, { fromMs: startMs }] }
}

/** A plan or support plan that is held in the month and that the contract does not have, in words. */
export function missingPlan(facts: AgreedFacts, month: string, contract: Contract): string | undefined {
  const { startMs } = monthSpan(month)
  const held = facts.subscriptions.filter(
    each => each.fromMs >= startMs || each === inForce(facts.subscriptions, startMs),
  )
  for (const { plan, supportPlan } of held) {
    if (!Object.hasOwn(contract.plans, plan)) return `plan ${plan}`
    if (!Object.hasOwn(contract.supportPlans, supportPlan)) return `support plan ${supportPlan}`
  }
  return undefined
}

/** What holds at an instant, or else begins first after it. */
export function inForce<T extends { readonly fromMs: number }>(
  list: readonly T[],
  atMs: number,
): T | undefined {
  const ascending = list.toSorted((a, b) => a.fromMs - b.fromMs)
  return ascending.findLast(({ fromMs }) => fromMs <= atMs) ?? ascending[0]
}
