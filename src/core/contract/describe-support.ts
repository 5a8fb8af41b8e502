import type { Calendar, Contract, MinuteSpan, Sla, Support, SupportPlan, Target } from './contract.ts'
import { priceWords } from './describe-plans.ts'
import { allowanceIn30Days, counted, enumerated, grouped, minutes, wrapped } from './plain-words.ts'

/** Each support plan: what is owed when the API is down, and how soon support answers, and when it works. */
export function describeSupportPlans(contract: Contract): string[] {
  const plans = Object.entries(contract.supportPlans).flatMap(([name, plan]) => [
    plan.price === undefined
      ? name
      : `${name}: ${priceWords(plan.price, contract.currency.code)}, on top of the plan`,
    ...supportPlanWords(contract, plan).flatMap(line => wrapped(line, '  ')),
  ])
  const severities = [...contract.severities].filter(([name, words]) => name !== words)
  if (severities.length === 0) return plans
  return [...plans, 'Severities:', ...severities.map(([name, words]) => `  ${name}: ${words}`)]
}

export function supportPlanWords(contract: Contract, plan: SupportPlan): string[] {
  const addOns = Object.entries(plan.addOns).map(([name, addOn]) => {
    const promises = targetList(addOn.firstResponse)
    const times = promises === '' ? '' : `: first reply ${promises}`
    return `Add-on ${name}, ${priceWords(addOn.price, contract.currency.code)}${times}.`
  })
  return [
    ...slaWords(plan.sla),
    ...supportWords(plan.support, contract),
    ...(plan.priority === 0
      ? []
      : [`Priority ${plan.priority}: shed later and answered earlier than lower ones.`]),
    ...addOns,
  ]
}

export function slaWords(sla: Sla): string[] {
  if (sla.form === 'none') return ['No credit is owed for down time.']
  const base = sla.base === 'invoice' ? 'the month’s invoice' : 'the month’s recurring fees'
  const zone = sla.timezone === 'UTC' ? 'calendar month (UTC)' : `calendar month (${sla.timezone})`
  return [
    ...(sla.form === 'accelerated' ? acceleratedWords(sla, base, zone) : tieredWords(sla, base, zone)),
    sla.credit === 'automatic'
      ? 'The credit comes off the next invoice without being asked for.'
      : `The credit is claimed by ticket within ${counted(sla.claimDays, 'day')} after the incident ended.`,
  ]
}

function acceleratedWords(sla: Sla & { form: 'accelerated' }, base: string, zone: string): string[] {
  const promise = `${sla.target} % uptime in each ${zone}; in 30 days that leaves ${allowanceIn30Days(sla.target)} of down time.`
  const times = grouped(sla.acceleration)
  const example = sla.acceleration === 1 ? 'itself' : `${times} minutes`
  return [
    promise,
    `Below it, all down time of the month counts ${times} times: one minute down gives back the price of ${example} of ${base}, at most ${sla.cap} % of it.`,
  ]
}

/** Tiers from the mildest to the worst, each with the range of uptime in which it is the one that counts. */
function tieredWords(sla: Sla & { form: 'tiered' }, base: string, zone: string): string[] {
  const tiers = sla.tiers.toSorted((a, b) => Number(b.below) - Number(a.below))
  const lines = tiers.map(({ below, credit }, index) => {
    const next = tiers[index + 1]
    const range = next === undefined ? `below ${below} %` : `below ${below} %, but not below ${next.below} %`
    return `- ${range}: ${credit} % of ${base}`
  })
  return [`Credit by the uptime of each ${zone}, at most ${sla.cap} %:`, ...lines]
}

function supportWords(support: Support, { calendars }: Contract): string[] {
  const first = targetList(support.firstResponse)
  const next = targetList(support.nextResponse)
  const resolution = targetList(support.resolution)
  const calendar = calendars[support.calendar]
  const promised = [first, next, resolution].some(list => list !== '')
  return [
    first === '' ? 'Support answers as soon as it can, without a promised time.' : `First reply ${first}.`,
    ...(next === '' ? [] : [`Each later reply ${next}.`]),
    ...(resolution === '' ? [] : [`Solved ${resolution}.`]),
    ...(promised && calendar !== undefined ? [calendarWords(calendar)] : []),
    ...(promised && support.waitingForCustomer === 'pause'
      ? ['The clock stands still while the customer is asked.']
      : []),
    `Reached by ${enumerated(support.channels, 'or')}.`,
  ]
}

function targetList(targets: Readonly<Record<string, Target>>): string {
  return enumerated(
    Object.entries(targets).map(([severity, target]) => `within ${targetWords(target)} (${severity})`),
  )
}

export function targetWords(target: Target): string {
  return 'minutes' in target ? minutes(target.minutes) : counted(target.businessDays, 'business day')
}

const DAYS = ['', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const

export function calendarWords({ always, days, timezone, holidays }: Calendar): string {
  if (always) return 'The clock always runs, day and night.'
  return `The clock runs ${hoursWords(days)} (${timezone})${holidayWords(holidays)}.`
}

/** `Monday to Friday 09:00 to 18:00`: neighbouring days with the same hours are taken together. */
export function hoursWords(days: Calendar['days']): string {
  const runs: { from: number; to: number; hours: string }[] = []
  for (let day = 1; day <= 7; day += 1) {
    const hours = (days[day] ?? []).map(spanWords).join(', ')
    const last = runs.at(-1)
    if (hours === '') continue
    if (last !== undefined && last.hours === hours && last.to === day - 1) last.to = day
    else runs.push({ from: day, to: day, hours })
  }
  const open = runs.map(({ from, to, hours }) => {
    const [first = '', final = ''] = [DAYS[from], DAYS[to]]
    return `${from === to ? first : `${first} to ${final}`} ${hours}`
  })
  return enumerated(open)
}

function holidayWords(holidays: readonly string[]): string {
  const [first] = holidays
  if (first === undefined) return ''
  if (holidays.length <= 5) return `, not on ${enumerated(holidays)}`
  return `, not on the ${holidays.length} holidays listed from ${first} to ${holidays.at(-1) ?? ''}`
}

function spanWords({ fromMinute, toMinute }: MinuteSpan): string {
  return `${clock(fromMinute)} to ${clock(toMinute)}`
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}
