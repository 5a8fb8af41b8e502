import type { Overage } from '../contract/contract.ts'
import { counted, grouped } from '../contract/plain-words.ts'
import { shortDecimal } from '../exact/decimal.ts'
import { type Fraction, ONE, compare, isZero, multiply } from '../exact/fraction.ts'
import { chargeUnits } from './unit-charge.ts'

/** The units that can be used beyond what is included. In the order in which a tie is decided. */
export const UNITS = ['mau', 'connections'] as const
export type Unit = (typeof UNITS)[number]

/** How much a plan includes of each unit; undefined: it is neither billed nor refused. */
export type Allowance = Readonly<Record<Unit, number | undefined>>

export interface OverageFacts {
  readonly includes: Allowance
  readonly overage: Overage | 'none'
  readonly usage: Readonly<Record<Unit, number>>
  /** The share of the month in which a unit is billed at all; undefined: all of it. */
  readonly billedShare?: Readonly<Record<Unit, Fraction>>
}

export interface OverageCharge {
  readonly unit: Unit
  readonly used: number
  readonly included: number
  readonly charge: Fraction
  readonly because: readonly string[]
}

export interface OverageDecision {
  /** What is billed, exact and above zero: nothing, one unit, or with `charge: sum` up to both. */
  readonly charges: readonly OverageCharge[]
  readonly because: readonly string[]
}

/**
 * What usage beyond the plan costs. With both units over, the higher charge is billed and never the sum,
 * unless the contract says `charge: sum`; a tie is named mau. Charges are compared exact, before rounding.
 */
export function overageOf(facts: OverageFacts): OverageDecision {
  const { overage } = facts
  if (overage === 'none') {
    return {
      charges: [],
      because: ['The plan has no overage: its included numbers are hard, nothing is billed.'],
    }
  }
  const reckoned = UNITS.map(unit => reckon(unit, overage, facts))
  const because = reckoned.flatMap(each => each.because)
  const over = reckoned.flatMap(({ charge }) =>
    charge === undefined || isZero(charge.charge) ? [] : [charge],
  )
  const [first, second] = over
  if (first === undefined || second === undefined || overage.charge === 'sum') {
    return { charges: over, because: over.length === 2 ? [...because, 'Both are billed.'] : because }
  }
  const order = compare(first.charge, second.charge)
  const [billed, other] = order < 0 ? [second, first] : [first, second]
  const words =
    order === 0 ? 'Both charges are equal; it is billed once' : 'The higher charge is billed, never the sum'
  return {
    charges: [billed],
    because: [...because, `${words}: ${UNIT_WORDS[billed.unit]}, not ${UNIT_WORDS[other.unit]}.`],
  }
}

export const UNIT_WORDS: Readonly<Record<Unit, string>> = {
  mau: 'monthly active users',
  connections: 'peak connections',
}

const ONE_UNIT: Readonly<Record<Unit, string>> = {
  mau: 'monthly active user',
  connections: 'peak connection',
}

interface Reckoned {
  readonly charge: OverageCharge | undefined
  readonly because: readonly string[]
}

function reckon(unit: Unit, overage: Overage, { includes, usage, billedShare }: OverageFacts): Reckoned {
  const [included, price, used] = [includes[unit], overage[unit], usage[unit]]
  const share = billedShare?.[unit] ?? ONE
  const counts = counted(used, ONE_UNIT[unit])
  if (included === undefined) return quiet(`${counts}: the plan names no number, so they are not billed.`)
  const against = `${counts}, ${grouped(included)} included`
  if (used <= included) return quiet(`${against}: none over.`)
  const over = used - included
  if (price === undefined) return quiet(`${against}: ${grouped(over)} over, for which the plan has no price.`)
  const whole = chargeUnits(price, over)
  const charge = multiply(whole.charge, share)
  const because = [`${against}: ${grouped(over)} over.`, ...whole.because]
  if (compare(share, ONE) !== 0) {
    const part = `${share.numerator} / ${share.denominator}`
    because.push(
      `Billed for the part of the month in which they have a price, ${part}: ${shortDecimal(charge)}.`,
    )
  }
  return { charge: { unit, used, included, charge, because }, because }
}

function quiet(because: string): Reckoned {
  return { charge: undefined, because: [because] }
}
