import type { Contract, Eligibility, Plan, SupportPlan } from '../../core/contract/contract.ts'
import { enumerated } from '../../core/contract/plain-words.ts'
import { type DeclaredFact, judgeEligibility, undeclaredFacts } from '../../core/pricing/eligibility.ts'
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
 * Throws `conflict` when the plan has no seat left, or when what the organization declared of itself does not make it
 * eligible; and what `undeclared` makes of it when it has not declared what the plan asks for.
 */
export function refuseIneligible(
  planName: string,
  plan: Plan | undefined,
  declared: DeclaredEligibility = {},
  { seatsTaken, undeclared }: { readonly seatsTaken: number; readonly undeclared: Undeclared },
): void {
  const rule = plan?.eligibility
  if (rule === undefined) return
  if (rule.seats !== undefined && seatsTaken >= rule.seats) {
    throw new ProblemError('conflict', `All ${rule.seats} seats of the plan "${planName}" are taken.`)
  }
  const missing = undeclaredFacts(rule, declared)
  // A fact that stands in the way already is told first: no further one would help.
  const { eligible, because } = judgeEligibility(askedOf(rule, missing), declared)
  if (!eligible) {
    throw new ProblemError(
      'conflict',
      `The organization is not eligible for the plan "${planName}": ${because.join(' ')}`,
    )
  }
  if (missing.length > 0) throw undeclared(planName, missing)
}

type Missing = ReturnType<typeof undeclaredFacts>
type Undeclared = (planName: string, missing: Missing) => ProblemError

/** The rules about facts that were declared. */
function askedOf(rule: Eligibility, missing: Missing): Eligibility {
  const isMissing = (fact: DeclaredFact) => missing.some(each => each.fact === fact)
  return {
    ...rule,
    membersAtMost: isMissing('members') ? undefined : rule.membersAtMost,
    monthlyRevenueBelow: isMissing('monthlyRevenue') ? undefined : rule.monthlyRevenueBelow,
    fundingBelow: isMissing('funding') ? undefined : rule.fundingBelow,
  }
}

/** For a body that can declare it. */
export function undeclaredInBody(planName: string, missing: Missing): ProblemError {
  const mistakes = missing.map(({ fact, asked }) => ({
    path: `eligibility.${fact}`,
    message: `The plan "${planName}" is for organizations with ${asked}: declare what this one has.`,
  }))
  const detail = `The plan "${planName}" needs a declaration: send ${enumerated(missing.map(nameOf))} in \`eligibility\`.`
  return new ProblemError('invalid-body', detail, { mistakes })
}

/** For an organization that has to declare it first. */
export function undeclaredByOrganization(planName: string, missing: Missing): ProblemError {
  return new ProblemError(
    'conflict',
    `The plan "${planName}" is for organizations with ${enumerated(missing.map(({ asked }) => asked))}, which this one ` +
      `has not declared: send ${enumerated(missing.map(nameOf))} in \`eligibility\` with PATCH /api/organizations/{id} first.`,
  )
}

function nameOf({ fact }: Missing[number]): string {
  return `\`${fact}\``
}

function own<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

/** A field of the body that does not hold. */
export function wrong(path: string, message: string): ProblemError {
  return new ProblemError('invalid-body', message, { mistakes: [{ path, message }] })
}
