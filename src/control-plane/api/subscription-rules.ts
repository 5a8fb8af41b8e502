import type { Contract, Plan, SupportPlan } from '../../core/contract/contract.ts'
import { judgeEligibility } from '../../core/pricing/eligibility.ts'
import { ProblemError } from '../../http/problem.ts'
import type { DeclaredEligibility } from '../../store/organizations.ts'
import type { Subscription } from '../../store/subscriptions.ts'
import { noSuch } from './limit-names.ts'

export interface WantedSubscription {
  readonly plan: string
  readonly supportPlan?: string | undefined
  readonly addOns?: readonly string[] | undefined
  readonly interval?: 'monthly' | 'annual' | undefined
}

export type ChosenSubscription = Pick<Subscription, 'plan' | 'supportPlan' | 'addOns' | 'interval'>

/** What is wanted, with the contract's defaults; throws `invalid-body` naming every field that does not hold. */
export function chooseSubscription(contract: Contract, wanted: WantedSubscription): ChosenSubscription {
  const plan = own(contract.plans, wanted.plan)
  if (plan === undefined) throw wrong('plan', noSuch('plan', wanted.plan, Object.keys(contract.plans)))
  const name = wanted.supportPlan ?? plan.supportPlan
  const support = own(contract.supportPlans, name)
  if (support === undefined) {
    throw wrong('supportPlan', noSuch('support plan', name, Object.keys(contract.supportPlans)))
  }
  const addOns = [...new Set(wanted.addOns)]
  refuseUnknownAddOns(name, support, addOns)
  const interval = wanted.interval ?? (plan.price.monthly === undefined ? 'annual' : 'monthly')
  if (plan.price[interval] === undefined) {
    throw wrong(
      'interval',
      `The plan "${wanted.plan}" is not sold by the ${interval === 'annual' ? 'year' : 'month'}.`,
    )
  }
  return { plan: wanted.plan, supportPlan: name, addOns, interval }
}

function refuseUnknownAddOns(supportPlan: string, support: SupportPlan, addOns: readonly string[]): void {
  const known = Object.keys(support.addOns)
  const unknown = addOns.find(addOn => !known.includes(addOn))
  if (unknown !== undefined) {
    throw wrong('addOns', noSuch(`add-on of the support plan "${supportPlan}"`, unknown, known))
  }
}

/**
 * Throws `conflict` when the plan has no seat left, or when what the organization declared of itself does
 * not make it eligible. What was not declared is not held against it.
 */
export function refuseIneligible(
  planName: string,
  plan: Plan | undefined,
  declared: DeclaredEligibility | undefined,
  seatsTaken: number,
): void {
  const rule = plan?.eligibility
  if (rule === undefined) return
  if (rule.seats !== undefined && seatsTaken >= rule.seats) {
    throw new ProblemError('conflict', `All ${rule.seats} seats of the plan "${planName}" are taken.`)
  }
  const { eligible, because } = judgeEligibility(rule, declared ?? {})
  if (eligible) return
  throw new ProblemError(
    'conflict',
    `The organization is not eligible for the plan "${planName}": ${because.join(' ')}`,
  )
}

function own<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

/** A field of the body that does not hold. */
export function wrong(path: string, message: string): ProblemError {
  return new ProblemError('invalid-body', message, { mistakes: [{ path, message }] })
}
