import type { Contract } from '../../core/contract/contract.ts'
import { grouped } from '../../core/contract/plain-words.ts'
import { shortDecimal } from '../../core/exact/decimal.ts'
import { compare } from '../../core/exact/fraction.ts'
import {
  type BillStretch,
  type PricedPlan,
  compareBills,
  monthlyFee,
} from '../../core/pricing/bill-stretches.ts'
import { UNITS, UNIT_WORDS, type Unit } from '../../core/pricing/overage.ts'

export interface BreakEven {
  readonly one: string
  readonly other: string
  readonly unit: Unit
  readonly stretches: readonly {
    readonly from: number
    readonly to: number | null
    /** A plan’s name; null: both cost the same, or neither serves so much. */
    readonly cheaper: string | null
    readonly serves: boolean
    /** Decimal text, up to six places. */
    readonly equalAt: string | null
  }[]
  readonly lookedAtUpTo: number | null
}

interface NamedPlan extends PricedPlan {
  readonly name: string
}

/**
 * Each plan and the next dearer one, by users and by connections, the other unit within what is included. Dearer is by
 * what plan and support plan cost a month; of two that cost the same, the one that the contract names later.
 */
export function breakEvens(contract: Contract): BreakEven[] {
  const plans = Object.entries(contract.plans)
    .flatMap(([name, plan]): NamedPlan[] => {
      const supportPlan = contract.supportPlans[plan.supportPlan]
      return supportPlan === undefined ? [] : [{ name, plan, supportPlan }]
    })
    .toSorted((one, other) => compare(monthlyFee(one), monthlyFee(other)))
  return plans.flatMap((one, index) => {
    const other = plans[index + 1]
    return other === undefined ? [] : UNITS.flatMap(unit => between(one, other, unit))
  })
}

function between(first: NamedPlan, second: NamedPlan, unit: Unit): BreakEven[] {
  if (first.plan.includes[unit] === undefined && second.plan.includes[unit] === undefined) return []
  const [one, other] = [first.name, second.name]
  const { stretches, lookedAtUpTo = null } = compareBills(first, second, unit)
  const named = { one, other, neither: null, none: null }
  const shown = stretches.map(({ from, to, cheaper, equalAt }: BillStretch) => ({
    from,
    to: to ?? null,
    cheaper: named[cheaper],
    serves: cheaper !== 'none',
    equalAt: equalAt === undefined ? null : shortDecimal(equalAt),
  }))
  return [{ one, other, unit, stretches: shown, lookedAtUpTo }]
}

/** `start and growth, by monthly active users: start up to 24,444; growth from 24,445 (equal at 24444.444444).` */
export function breakEvenWords({ one, other, unit, stretches, lookedAtUpTo }: BreakEven): string {
  const parts = stretches.map(({ from, to, cheaper, serves, equalAt }) => {
    const range =
      to === null
        ? `from ${grouped(from)} on`
        : from === to
          ? `at ${grouped(from)}`
          : `from ${grouped(from)} to ${grouped(to)}`
    const equal = equalAt === null || !equalAt.includes('.') ? '' : ` (equal at ${equalAt})`
    return `${cheaper ?? (serves ? 'both the same' : 'neither serves it')} ${range}${equal}`
  })
  const end = lookedAtUpTo === null ? '' : ` Looked at up to ${grouped(lookedAtUpTo)}.`
  return `${one} and ${other}, by ${UNIT_WORDS[unit]}: cheaper is ${parts.join('; ')}.${end}`
}
