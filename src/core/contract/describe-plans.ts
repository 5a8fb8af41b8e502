import type { Contract, Eligibility, Overage, Plan, Price, UnitPrice } from './contract.ts'
import { describeOwnLimits } from './describe-limits.ts'
import { counted, enumerated, grouped, money, wrapped } from './plain-words.ts'

/** Each plan: its fee, what that covers, what more costs, and which support comes with it. */
export function describePlans(contract: Contract): string[] {
  const { code } = contract.currency
  const { graceHours, taxPercent } = contract.billing
  const plans = Object.entries(contract.plans).flatMap(([name, plan]) => [
    `${name}: ${priceWords(plan.price, code)}`,
    ...planWords(contract, plan).flatMap(line => wrapped(line, '  ')),
  ])
  const tax = /^0*(\.0*)?$/.test(taxPercent) ? 'without tax' : `with ${taxPercent} % tax on top`
  const closing = `Invoices are made ${counted(graceHours, 'hour')} after the month has ended, in ${code}, ${tax}.`
  return [...plans, ...wrapped(closing)]
}

export function priceWords({ monthly, annual }: Price, currency: string): string {
  const parts = [
    ...(monthly === undefined ? [] : [`${money(monthly, currency)} a month`]),
    ...(annual === undefined ? [] : [`${money(annual, currency)} a year, paid ahead`]),
  ]
  return parts.join(', or ')
}

export function planWords(contract: Contract, plan: Plan): string[] {
  const { code } = contract.currency
  const { mau, connections } = plan.includes
  const included = [
    ...(mau === undefined ? [] : [counted(mau, 'monthly active user')]),
    ...(connections === undefined ? [] : [counted(connections, 'peak connection')]),
  ]
  return [
    ...(plan.eligibility === undefined ? [] : eligibilityWords(plan.eligibility, code)),
    included.length === 0 ? 'Usage is neither billed nor refused.' : `Includes ${enumerated(included)}.`,
    ...(plan.overage === 'none' ? hardWords(plan) : overageWords(plan.overage, code)),
    ...(plan.limits === undefined ? [] : describeOwnLimits(plan.limits)),
    `Comes with the support plan ${plan.supportPlan}.`,
  ]
}

function eligibilityWords(eligibility: Eligibility, currency: string): string[] {
  const { membersAtMost, monthlyRevenueBelow, fundingBelow, seats } = eligibility
  const conditions = [
    ...(membersAtMost === undefined ? [] : [`at most ${counted(membersAtMost, 'member')}`]),
    ...(monthlyRevenueBelow === undefined
      ? []
      : [`monthly revenue below ${money(monthlyRevenueBelow, currency)}`]),
    ...(fundingBelow === undefined ? [] : [`funding below ${money(fundingBelow, currency)}`]),
  ]
  return [
    ...(conditions.length === 0 ? [] : [`For organizations with ${enumerated(conditions)}.`]),
    ...(seats === undefined ? [] : [`Open to ${counted(seats, 'organization')} at most.`]),
  ]
}

function hardWords({ includes: { mau, connections } }: Plan): string[] {
  return [
    ...(mau === undefined
      ? []
      : ['Past that number new users are refused (403); users already counted this month go on.']),
    ...(connections === undefined ? [] : ['Connections past that number are refused (429).']),
  ]
}

function overageWords(overage: Overage, currency: string): string[] {
  const { mau, connections, charge } = overage
  const prices = [
    ...(mau === undefined ? [] : [unitPriceWords(mau, 'user', currency)]),
    ...(connections === undefined ? [] : [unitPriceWords(connections, 'connection', currency)]),
  ]
  if (prices.length === 0) return []
  const both = charge === 'higher' ? 'the higher charge is billed, never both' : 'both are billed'
  return [`Above that, ${enumerated(prices)}.${prices.length === 2 ? ` With both above, ${both}.` : ''}`]
}

export function unitPriceWords(price: UnitPrice, unit: string, currency: string): string {
  if (price.kind === 'unit') return `${money(price.price, currency)} a ${unit}`
  if (price.kind === 'package')
    return `${money(price.price, currency)} for each begun ${counted(price.size, unit)}`
  const tiers = price.tiers.map(({ upTo, price: rate }) =>
    upTo === undefined
      ? `${money(rate, currency)} beyond`
      : `${money(rate, currency)} up to ${grouped(upTo)}`,
  )
  return `a ${unit} at ${tiers.join(', ')}`
}
