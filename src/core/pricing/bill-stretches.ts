import type { Plan, SupportPlan, UnitPrice } from '../contract/contract.ts'
import { decimal } from '../exact/decimal.ts'
import {
  type Fraction,
  add,
  compare,
  divide,
  fraction,
  isZero,
  multiply,
  subtract,
  sum,
} from '../exact/fraction.ts'
import { floor } from '../exact/rounding.ts'
import { type Unit, overageOf } from './overage.ts'

/** A plan as it is sold, with what it costs a month whatever is used. */
export interface PricedPlan {
  readonly plan: Plan
  readonly supportPlan: SupportPlan
}

/** A range of usage, both ends included, in which one of two plans is the cheaper one throughout. */
export interface BillStretch {
  readonly from: number
  /** undefined: it goes on without an end. */
  readonly to: number | undefined
  /** `neither`: both cost the same. `none`: both plans refuse so much. */
  readonly cheaper: 'one' | 'other' | 'neither' | 'none'
  /** Where both bills are equal just before it begins; undefined at its very start, or when one bill jumps past the other. */
  readonly equalAt: Fraction | undefined
}

export interface BillComparison {
  readonly stretches: readonly BillStretch[]
  /** Prices by the package go up in steps for ever: these were looked at up to here. undefined: to the end. */
  readonly lookedAtUpTo: number | undefined
}

/**
 * Which of two plans is cheaper at every usage of a unit, with the other unit at `otherUsage`. Both bills, before
 * rounding, are straight lines between the usages at which a price begins or ends; so their order is settled by their
 * values at those usages and, in between, by where two straight lines meet: exact, in fractions, without a search.
 */
export function compareBills(one: PricedPlan, other: PricedPlan, unit: Unit, otherUsage = 0): BillComparison {
  const bills = [billOf(one, unit, otherUsage), billOf(other, unit, otherUsage)] as const
  const starts = [...new Set([0, ...bills.flatMap(bill => bill.starts)])].toSorted((a, b) => a - b)
  const limits = bills.flatMap(({ steppedUpTo }) => (steppedUpTo === undefined ? [] : [steppedUpTo]))
  const lookedAtUpTo = limits.length === 0 ? undefined : Math.min(...limits)
  const pieces = starts
    .filter(start => lookedAtUpTo === undefined || start <= lookedAtUpTo)
    .map((from, index, list) => ({ from, to: ends(list[index + 1]) ?? lookedAtUpTo }))
  const stretches: BillStretch[] = []
  let before: Line | undefined
  for (const piece of pieces) {
    const line = lineOf(piece, bills)
    for (const stretch of stretchesOf(piece, bills, line)) {
      const last = stretches.at(-1)
      if (last?.cheaper === stretch.cheaper) stretches[stretches.length - 1] = { ...last, to: stretch.to }
      else stretches.push({ ...stretch, equalAt: stretch.equalAt ?? meeting(before, line, piece.from) })
    }
    before = line
  }
  return { stretches, lookedAtUpTo }
}

function ends(next: number | undefined): number | undefined {
  return next === undefined ? undefined : next - 1
}

interface Piece {
  readonly from: number
  readonly to: number | undefined
}

interface Bill {
  /** The month’s whole bill at a usage, exact. */
  readonly at: (usage: number) => Fraction
  /** More than this is refused. */
  readonly servesUpTo: number
  /** Usages from which the bill is another straight line. */
  readonly starts: readonly number[]
  /** Of prices by the package: the last step that is among the starts. */
  readonly steppedUpTo: number | undefined
}

/** Steps of a price by the package that are looked at, each a piece of its own. */
const MOST_STEPS = 1000

/** What the plan and its support plan cost a month whatever is used; of a yearly fee a twelfth. */
export function monthlyFee({ plan, supportPlan }: PricedPlan): Fraction {
  return sum([plan.price, supportPlan.price].map(monthlyShare))
}

function billOf({ plan, supportPlan }: PricedPlan, unit: Unit, otherUsage: number): Bill {
  const fee = monthlyFee({ plan, supportPlan })
  const otherUnit: Unit = unit === 'mau' ? 'connections' : 'mau'
  const { includes, overage } = plan
  const at = (usage: number) => {
    const { charges } = overageOf({ includes, overage, usage: usageOf(unit, usage, otherUsage) })
    return sum([fee, ...charges.map(({ charge }) => charge)])
  }
  const included = includes[unit]
  if (overage === 'none') {
    const isRefused = otherUsage > (includes[otherUnit] ?? Infinity)
    const servesUpTo = isRefused ? -1 : (included ?? Infinity)
    return {
      at,
      servesUpTo,
      starts: isRefused || included === undefined ? [] : [included + 1],
      steppedUpTo: undefined,
    }
  }
  const price = overage[unit]
  if (included === undefined || price === undefined)
    return { at, servesUpTo: Infinity, starts: [], steppedUpTo: undefined }
  const starts = priceStarts(price).map(units => included + units)
  const alone = (usage: number) => chargeOf(overageOf({ includes, overage, usage: usageOf(unit, usage, 0) }))
  const beside = chargeOf(overageOf({ includes, overage, usage: usageOf(unit, 0, otherUsage) }))
  const bend = overage.charge === 'sum' ? [] : passes(starts, alone, beside)
  const steppedUpTo = price.kind === 'package' ? included + price.size * MOST_STEPS : undefined
  return { at, servesUpTo: Infinity, starts: [...starts, ...bend], steppedUpTo }
}

function usageOf(unit: Unit, usage: number, otherUsage: number): Record<Unit, number> {
  return unit === 'mau' ? { mau: usage, connections: otherUsage } : { mau: otherUsage, connections: usage }
}

function chargeOf({ charges }: ReturnType<typeof overageOf>): Fraction {
  return sum(charges.map(({ charge }) => charge))
}

/** What a fee is a month: a yearly one that has no monthly price, a twelfth. */
function monthlyShare(price: Plan['price'] | undefined): Fraction {
  if (price?.monthly !== undefined) return decimal(price.monthly)
  return price?.annual === undefined ? fraction(0) : divide(decimal(price.annual), fraction(12))
}

/** Units above the included number from which the charge is another straight line. */
function priceStarts(price: UnitPrice): number[] {
  if (price.kind === 'unit') return [0]
  if (price.kind === 'tiers')
    return [0, ...price.tiers.flatMap(({ upTo }) => (upTo === undefined ? [] : [upTo]))]
  return Array.from({ length: MOST_STEPS }, (_, step) => step * price.size + 1)
}

/** Where the unit’s own charge passes what is charged beside it, so that it is the higher one from there on. */
function passes(starts: readonly number[], alone: (usage: number) => Fraction, beside: Fraction): number[] {
  if (isZero(beside)) return []
  const start = starts.findLast(usage => compare(alone(usage), beside) <= 0)
  if (start === undefined) return []
  const perUnit = subtract(alone(start + 1), alone(start))
  if (isZero(perUnit)) return []
  return [start + Number(floor(divide(subtract(beside, alone(start)), perUnit))) + 1]
}

/** How much dearer `one` is than `other`, as a straight line through the piece; undefined where one of them refuses. */
interface Line {
  readonly from: number
  readonly value: Fraction
  readonly perUnit: Fraction
}

function lineOf({ from, to }: Piece, [one, other]: readonly [Bill, Bill]): Line | undefined {
  if (from > one.servesUpTo || from > other.servesUpTo) return undefined
  const value = subtract(one.at(from), other.at(from))
  const next = to === from ? value : subtract(one.at(from + 1), other.at(from + 1))
  return { from, value, perUnit: subtract(next, value) }
}

function stretchesOf(
  { from, to }: Piece,
  [one, other]: readonly [Bill, Bill],
  line: Line | undefined,
): BillStretch[] {
  if (line === undefined) {
    const [serves, otherServes] = [from <= one.servesUpTo, from <= other.servesUpTo]
    const cheaper = serves ? 'one' : otherServes ? 'other' : 'none'
    return [{ from, to, cheaper, equalAt: undefined }]
  }
  const root = rootOf(line)
  if (root === undefined) return [{ from, to, cheaper: cheaperBy(line.value), equalAt: undefined }]
  const whole = Number(floor(root))
  const isWhole = root.denominator === 1n
  const ranges = [
    { from, to: isWhole ? whole - 1 : whole, equalAt: undefined },
    ...(isWhole ? [{ from: whole, to: whole, equalAt: root }] : []),
    { from: whole + 1, to, equalAt: root },
  ]
  return ranges.flatMap(range => {
    const clipped = { from: Math.max(range.from, from), to: Math.min(range.to ?? Infinity, to ?? Infinity) }
    if (clipped.from > clipped.to) return []
    const cheaper = cheaperBy(valueAt(line, fraction(clipped.from)))
    const begins = clipped.from > from || (isWhole && whole === from) ? range.equalAt : undefined
    return [
      { from: clipped.from, to: clipped.to === Infinity ? undefined : clipped.to, cheaper, equalAt: begins },
    ]
  })
}

function cheaperBy(dearer: Fraction): 'one' | 'other' | 'neither' {
  if (isZero(dearer)) return 'neither'
  return dearer.numerator < 0n ? 'one' : 'other'
}

function rootOf({ from, value, perUnit }: Line): Fraction | undefined {
  return isZero(perUnit) ? undefined : subtract(fraction(from), divide(value, perUnit))
}

function valueAt({ from, value, perUnit }: Line, usage: Fraction): Fraction {
  return add(value, multiply(perUnit, subtract(usage, fraction(from))))
}

/** Where both bills are equal between the last usage of one line and the first of the next, if neither jumps there. */
function meeting(before: Line | undefined, line: Line | undefined, at: number): Fraction | undefined {
  if (before === undefined || line === undefined) return undefined
  if (compare(valueAt(before, fraction(at)), line.value) !== 0) return undefined
  const root = rootOf(before)
  if (root === undefined) return undefined
  return compare(root, fraction(at - 1)) >= 0 && compare(root, fraction(at)) <= 0 ? root : undefined
}
