import type { Contract } from '../contract.ts'
import { planWords, priceWords } from '../describe-plans.ts'
import { calendarWords, supportPlanWords } from '../describe-support.ts'
import { calendarChanges, calendarNames } from './calendar-changes.ts'
import { callerFacts, platformOrderFact } from './caller-facts.ts'
import { type Change, type Effect, inReadingOrder } from './change.ts'
import { customerFacts, severityOrderFact } from './customer-facts.ts'
import { endpointChanges } from './endpoint-changes.ts'
import { factChanges } from './fact.ts'
import { limitChanges } from './limit-changes.ts'
import { planFacts } from './plan-facts.ts'
import { supportPlanFacts } from './support-facts.ts'

/**
 * What changes for whom when one contract takes the place of another: all of it, each once, by whom it touches. Empty
 * if and only if both promise and say the same, however they are written.
 */
export function contractChanges(before: Contract, after: Contract): Change[] {
  return inReadingOrder([
    ...endpointChanges(before, after),
    ...factChanges(
      [...callerFacts(before), platformOrderFact(before, after)],
      [...callerFacts(after), platformOrderFact(after, before)],
    ),
    ...limitChanges(before, after),
    ...factChanges(
      [...customerFacts(before), severityOrderFact(before, after)],
      [...customerFacts(after), severityOrderFact(after, before)],
    ),
    ...planChanges(before, after),
    ...supportPlanChanges(before, after),
    ...calendarChanges(before, after),
    ...calendarNames(before, after).map(name => calendarCame(name, before, 'before')),
    ...calendarNames(after, before).map(name => calendarCame(name, after, 'after')),
  ])
}

function planChanges(before: Contract, after: Contract): Change[] {
  const whole = (contract: Contract, name: string) => {
    const plan = contract.plans[name]
    return (
      plan && [`${priceWords(plan.price, contract.currency.code)}.`, ...planWords(contract, plan)].join(' ')
    )
  }
  return namesOf(before.plans, after.plans).flatMap(name => {
    const [old, now] = [before.plans[name], after.plans[name]]
    if (old && now) return factChanges(planFacts(name, old, before), planFacts(name, now, after))
    return [came('plan', name, whole(before, name), whole(after, name))]
  })
}

function supportPlanChanges(before: Contract, after: Contract): Change[] {
  const whole = (contract: Contract, name: string) => {
    const plan = contract.supportPlans[name]
    if (plan === undefined) return undefined
    const price = plan.price === undefined ? [] : [`${priceWords(plan.price, contract.currency.code)}.`]
    return [...price, ...supportPlanWords(contract, plan)].join(' ')
  }
  return namesOf(before.supportPlans, after.supportPlans).flatMap(name => {
    if (before.supportPlans[name] && after.supportPlans[name]) {
      return factChanges(supportPlanFacts(name, before, after), supportPlanFacts(name, after, before))
    }
    return [came('support-plan', name, whole(before, name), whole(after, name))]
  })
}

/** A plan that came touches nobody who has another; one that went leaves its customers without. */
function came(kind: 'plan' | 'support-plan', name: string, before?: string, after?: string): Change {
  const effect: Effect = after === undefined ? 'worse' : 'neither'
  const what = `${kind === 'plan' ? 'Plan' : 'Support plan'} ${name}`
  const holds = 'from the next month'
  return { who: { kind, names: [name] }, what, before: before ?? null, after: after ?? null, effect, holds }
}

function calendarCame(name: string, { calendars }: Contract, side: 'before' | 'after'): Change {
  const calendar = calendars[name]
  const words = { before: null, after: null, [side]: calendar === undefined ? null : calendarWords(calendar) }
  const what = `Calendar ${name}, by which no support plan works`
  return { who: { kind: 'provider' }, what, ...words, effect: 'neither', holds: 'from the next month' }
}

function namesOf(before: object, after: object): string[] {
  return [...new Set([...Object.keys(after), ...Object.keys(before)])]
}
