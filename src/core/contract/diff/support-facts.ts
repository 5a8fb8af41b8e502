import type { AddOn, Contract, Sla, Support, Target } from '../contract.ts'
import { calendarWords, slaWords, targetWords } from '../describe-support.ts'
import { counted, enumerated, grouped } from '../plain-words.ts'
import type { Audience } from './change.ts'
import { type Fact, counts, decimals, sameAmount } from './fact.ts'
import { type Said, priceFacts } from './plan-facts.ts'

/** What a support plan promises: uptime, replies, and what they cost on top of the plan. From the next month. */
export function supportPlanFacts(name: string, contract: Contract, other: Contract): Fact[] {
  const plan = contract.supportPlans[name]
  if (plan === undefined) return []
  const who: Audience = { kind: 'support-plan', names: [name] }
  const { code } = contract.currency
  const facts = [
    ...(plan.price === undefined ? [] : priceFacts(plan.price, code).map(onTop)),
    ...slaFacts(plan.sla, other.supportPlans[name]?.sla),
    ...supportFacts(plan.support, contract),
    {
      key: 'priority',
      what: 'priority',
      words: grouped(plan.priority),
      scale: counts(plan.priority, 'better'),
    },
    ...Object.entries(plan.addOns).flatMap(([addOn, sold]) => addOnFacts(addOn, sold, code)),
  ]
  return facts.map(fact => ({
    holds: 'from the next month',
    ...fact,
    key: `supportPlans.${name}.${fact.key}`,
    who,
    what: `Support plan ${name}, ${fact.what}`,
  }))
}

/** Without a price it costs nothing on top of the plan. */
function onTop(fact: Said): Said {
  return { ...fact, what: `${fact.what}, on top of the plan`, presence: 'worse', absent: 'none' }
}

/** Two forms are told whole; of one form, number by number. */
function slaFacts(sla: Sla, other: Sla | undefined): Said[] {
  const none = { key: 'sla', what: 'credit for down time', words: 'none', same: 'none' }
  if (sla.form === 'none') return [{ ...none, scale: counts(0, 'better') }]
  const form: Said = {
    key: 'sla',
    what: 'credit for down time',
    words: slaWords(sla).join(' '),
    same: sla.form,
    // Any form is more than none; of two forms it depends on the month which one gives more.
    scale: counts(1, 'better'),
  }
  if (sla.form !== other?.form) return [form]
  return [form, ...(sla.form === 'accelerated' ? acceleratedFacts(sla) : tierFacts(sla)), ...creditFacts(sla)]
}

type Owing = Exclude<Sla, { form: 'none' }>

function creditFacts({ cap, base, credit, claimDays, timezone }: Owing): Said[] {
  return [
    {
      key: 'sla.cap',
      what: 'credit at most',
      words: `${cap} %`,
      same: sameAmount(cap),
      scale: decimals(cap, 'better'),
    },
    {
      key: 'sla.base',
      what: 'credit is a part of',
      words: base === 'invoice' ? 'the month’s invoice' : 'the month’s recurring fees',
      scale: counts(base === 'invoice' ? 1 : 0, 'better'),
    },
    {
      key: 'sla.credit',
      what: 'the credit',
      words: credit === 'automatic' ? 'comes without being asked for' : 'is claimed by ticket',
      scale: counts(credit === 'automatic' ? 1 : 0, 'better'),
    },
    {
      key: 'sla.claimDays',
      what: 'a claim comes within',
      words: counted(claimDays, 'day'),
      scale: counts(claimDays, 'better'),
    },
    { key: 'sla.timezone', what: 'uptime is reckoned by the calendar month in', words: timezone },
  ]
}

function acceleratedFacts({ target, acceleration }: Owing & { form: 'accelerated' }): Said[] {
  return [
    {
      key: 'sla.target',
      what: 'uptime promised',
      words: `${target} %`,
      same: sameAmount(target),
      scale: decimals(target, 'better'),
    },
    {
      key: 'sla.acceleration',
      what: 'down time counts',
      words: counted(acceleration, 'time'),
      scale: counts(acceleration, 'better'),
    },
  ]
}

function tierFacts({ tiers }: Owing & { form: 'tiered' }): Said[] {
  return tiers.map(({ below, credit }) => ({
    key: `sla.tiers.${sameAmount(below)}`,
    what: `credit below ${below} % uptime`,
    words: `${credit} %`,
    same: sameAmount(credit),
    scale: decimals(credit, 'better'),
    presence: 'better',
    absent: 'no tier of its own',
  }))
}

const PROMISES = [
  ['firstResponse', 'first reply'],
  ['nextResponse', 'each later reply'],
  ['resolution', 'solved'],
] as const

function supportFacts(support: Support, { calendars }: Contract): Said[] {
  const { channels, waitingForCustomer, calendar } = support
  const hours = calendars[calendar]
  return [
    ...PROMISES.flatMap(([key, what]) => targetFacts(`support.${key}`, what, support[key])),
    {
      key: 'support.calendar',
      what: 'works by the calendar',
      words: `${calendar}${hours === undefined ? '' : ` (${calendarWords(hours).replace(/\.$/, '')})`}`,
      // What the calendar itself says is told with the calendar.
      same: calendar,
    },
    {
      key: 'support.channels',
      what: 'reached by',
      words: enumerated(channels.toSorted(), 'or'),
      scale: { members: channels, more: 'better' },
    },
    {
      key: 'support.waitingForCustomer',
      what: 'while the customer is asked the clock',
      words: waitingForCustomer === 'run' ? 'runs on' : 'stands still',
      scale: counts(waitingForCustomer === 'run' ? 1 : 0, 'better'),
    },
  ]
}

function targetFacts(key: string, what: string, targets: Readonly<Record<string, Target>>): Said[] {
  return Object.entries(targets).map(([severity, target]) => ({
    key: `${key}.${severity}`,
    what: `${what} (${severity})`,
    words: `within ${targetWords(target)}`,
    scale:
      'minutes' in target
        ? counts(target.minutes, 'worse', 'min')
        : counts(target.businessDays, 'worse', 'days'),
    presence: 'better',
    absent: 'without a promised time',
  }))
}

function addOnFacts(name: string, { price, firstResponse }: AddOn, code: string): Said[] {
  const exists: Said = {
    key: `addOns.${name}`,
    what: `add-on ${name}`,
    words: 'sold',
    presence: 'better',
    absent: 'not sold',
  }
  const own = [...priceFacts(price, code), ...targetFacts('firstResponse', 'first reply', firstResponse)]
  return [
    exists,
    ...own.map(fact => ({
      ...fact,
      key: `addOns.${name}.${fact.key}`,
      what: `add-on ${name}, ${fact.what}`,
    })),
  ]
}
