import { compare } from '../../exact/fraction.ts'
import { decimal } from '../../exact/decimal.ts'
import type { Contract, Plan, Price, UnitPrice } from '../contract.ts'
import { unitPriceWords } from '../describe-plans.ts'
import { counted, money } from '../plain-words.ts'
import type { Audience } from './change.ts'
import { type Fact, type Scale, counts, decimals, sameAmount } from './fact.ts'

/** What a plan costs and covers; its limits are told as they hold, elsewhere. From the next month. */
export function planFacts(name: string, plan: Plan, { currency: { code } }: Contract): Fact[] {
  const who: Audience = { kind: 'plan', names: [name] }
  const facts = [
    ...priceFacts(plan.price, code),
    ...includedFacts(plan),
    ...overageFacts(plan, code),
    ...eligibilityFacts(plan, code),
    { key: 'supportPlan', what: 'comes with the support plan', words: plan.supportPlan },
  ]
  return facts.map(fact => ({
    holds: 'from the next month',
    ...fact,
    key: `plans.${name}.${fact.key}`,
    who,
    what: `Plan ${name}, ${fact.what}`,
  }))
}

export type Said = Omit<Fact, 'who' | 'holds'>

export function priceFacts({ monthly, annual }: Price, code: string): Said[] {
  const fact = (key: string, what: string, amount: string | undefined): Said[] =>
    amount === undefined
      ? []
      : [
          {
            ...amountFact(amount, code),
            key: `price.${key}`,
            what,
            presence: 'better',
            absent: 'not sold so',
          },
        ]
  return [...fact('monthly', 'price a month', monthly), ...fact('annual', 'price a year, paid ahead', annual)]
}

/** Amounts of two currencies are different and do not compare. */
function amountFact(amount: string, code: string, more: 'better' | 'worse' = 'worse') {
  return {
    words: money(amount, code),
    same: `${sameAmount(amount)} ${code}`,
    scale: decimals(amount, more, code),
  }
}

function includedFacts({ includes: { mau, connections } }: Plan): Said[] {
  const fact = (key: string, unit: string, number: number | undefined): Said[] =>
    number === undefined
      ? []
      : [
          {
            key: `includes.${key}`,
            what: 'includes',
            words: counted(number, unit),
            scale: counts(number, 'better'),
            presence: 'worse',
            absent: `${unit}s neither billed nor refused`,
          },
        ]
  return [...fact('mau', 'monthly active user', mau), ...fact('connections', 'peak connection', connections)]
}

function overageFacts({ overage }: Plan, code: string): Said[] {
  const [ofUser, ofConnection] = ['a user above that', 'a connection above that']
  const hard = { words: 'refused, nothing is billed' }
  if (overage === 'none') {
    return [
      { key: 'overage.mau', what: ofUser, ...hard },
      { key: 'overage.connections', what: ofConnection, ...hard },
    ]
  }
  const { mau, connections, charge } = overage
  const both = charge === 'higher' ? 'the higher charge is billed, never both' : 'both are billed'
  const scale = counts(charge === 'sum' ? 1 : 0, 'worse')
  return [
    ...unitFact('overage.mau', ofUser, mau && { price: mau, unit: 'user', code }),
    ...unitFact(
      'overage.connections',
      ofConnection,
      connections && { price: connections, unit: 'connection', code },
    ),
    { key: 'overage.charge', what: 'with both above', words: both, scale, absent: 'refused' },
  ]
}

function unitFact(
  key: string,
  what: string,
  sold: { price: UnitPrice; unit: string; code: string } | undefined,
): Said[] {
  if (sold === undefined) return []
  const { price, unit, code } = sold
  const same = `${sameUnitPrice(price)} ${code}`
  return [
    {
      key,
      what,
      words: unitPriceWords(price, unit, code),
      same,
      scale: scaleOf(price, code),
      presence: 'worse',
      absent: 'not billed',
    },
  ]
}

/** One price for each unit is a single tier; packages compare with packages of the same size alone. */
function scaleOf(price: UnitPrice, code: string): Scale {
  if (price.kind === 'package') return decimals(price.price, 'worse', `${code} for ${price.size}`)
  const tiers = price.kind === 'unit' ? [{ upTo: undefined, price: price.price }] : price.tiers
  const pieces = tiers.map(tier => ({ upTo: tier.upTo, amount: decimal(tier.price) }))
  return { pieces, more: 'worse', unit: code }
}

/** Tiers side by side with one price are one tier. */
function sameUnitPrice(price: UnitPrice): string {
  if (price.kind === 'unit') return `unit ${sameAmount(price.price)}`
  if (price.kind === 'package') return `package ${price.size} ${sameAmount(price.price)}`
  const told = price.tiers.filter(({ price: rate }, index) => {
    const next = price.tiers[index + 1]
    return next === undefined || compare(decimal(rate), decimal(next.price)) !== 0
  })
  if (told.length === 1) return `unit ${sameAmount(told[0]?.price ?? '0')}`
  return `tiers ${told.map(({ upTo, price: rate }) => `${upTo ?? ''} ${sameAmount(rate)}`).join()}`
}

function eligibilityFacts({ eligibility }: Plan, code: string): Said[] {
  if (eligibility === undefined) return []
  const { membersAtMost, monthlyRevenueBelow, fundingBelow, seats } = eligibility
  const rule = { presence: 'worse', absent: 'anyone' } as const
  const number = (key: string, what: string, value: number | undefined, unit: string): Said[] =>
    value === undefined
      ? []
      : [{ ...rule, key, what, words: counted(value, unit), scale: counts(value, 'better') }]
  const amount = (key: string, what: string, value: string | undefined): Said[] =>
    value === undefined ? [] : [{ ...rule, key, what, ...amountFact(value, code, 'better') }]
  return [
    ...number('membersAtMost', 'for organizations with at most', membersAtMost, 'member'),
    ...amount('revenue', 'for organizations with monthly revenue below', monthlyRevenueBelow),
    ...amount('funding', 'for organizations with funding below', fundingBelow),
    ...number('seats', 'open at most to', seats, 'organization'),
  ]
}
