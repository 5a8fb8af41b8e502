import type { UnitPrice } from '../contract/contract.ts'
import { grouped } from '../contract/plain-words.ts'
import { type Fraction, fraction } from '../exact/fraction.ts'
import { ceil } from '../exact/rounding.ts'
import { monthSpan } from '../time/month.ts'
import { intersection, lengthMs } from '../time/span.ts'
import type { Arrangement } from './arrangement.ts'
import { UNIT_WORDS, type Unit } from './overage.ts'

export interface MonthAllowance {
  /** undefined: the unit is not billed in this month. */
  readonly included: number | undefined
  /** The share of the month in which usage above the number costs something. */
  readonly billedShare: Fraction
  readonly because: readonly string[]
}

/**
 * What a month includes of a unit: the mean of what the plans include, weighted with the time that each held,
 * rounded up. Time without a subscription includes nothing, as it costs nothing; time of a plan that names no
 * number is left out. A month that ends without a price frees only the time without one: a second frees a second.
 */
export function allowanceOf(arrangements: readonly Arrangement[], month: string, unit: Unit): MonthAllowance {
  const span = monthSpan(month)
  const whole = lengthMs([span])
  const parts = arrangements
    .map(each => ({
      number: each.plan.includes[unit],
      bills: unitPrice(each, unit) !== undefined,
      ms: lengthMs(intersection([each], [span])),
    }))
    .filter(({ ms }) => ms > 0)
  const numbered = parts.flatMap(({ number, ms }) => (number === undefined ? [] : [{ number, ms }]))
  if (numbered.length === 0) return { included: undefined, billedShare: fraction(0), because: [] }
  const endBills = parts.at(-1)?.bills ?? false
  const isFree = (part: (typeof parts)[number]) => part.number === undefined || !(part.bills || endBills)
  const time = (list: readonly { readonly ms: number }[]) => list.reduce((total, { ms }) => total + ms, 0)
  const weighedMs = whole - time(parts.filter(({ number }) => number === undefined))
  // In BigInt all the way: milliseconds of a month times a large number are past what a float counts.
  const weighted = numbered.reduce((total, { number, ms }) => total + BigInt(number) * BigInt(ms), 0n)
  const included = Number(ceil(fraction(weighted, weighedMs)))
  const words = numbered.map(({ number, ms }) => `${grouped(number)} for ${ms / 1000} seconds`).join(', ')
  const mean = `Included ${UNIT_WORDS[unit]}: ${words}; over ${weighedMs / 1000} seconds, rounded up: ${grouped(included)}.`
  const isOne = numbered.every(({ number }) => number === included)
  return {
    included,
    billedShare: fraction(whole - time(parts.filter(isFree)), whole),
    because: isOne ? [] : [mean],
  }
}

/** What the unit costs above the included number; undefined when it is not billed. */
export function unitPrice({ plan }: Arrangement, unit: Unit): UnitPrice | undefined {
  if (plan.overage === 'none' || plan.includes[unit] === undefined) return undefined
  return plan.overage[unit]
}
