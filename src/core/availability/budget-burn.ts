import { grouped } from '../contract/plain-words.ts'
import { shortDecimal } from '../exact/decimal.ts'
import { type Fraction, compare, fraction, isZero, multiply } from '../exact/fraction.ts'
import { toFlooredDecimal } from '../exact/rounding.ts'
import { type Span, lengthMs, subtraction } from '../time/span.ts'
import { type BurnRule, FEWEST_SLICES, burnRules } from './burn-rate.ts'
import { allowedShare, burnRate, downWithin } from './error-budget.ts'

export interface BudgetBurnFacts {
  /** The customer's promised uptime in per cent. */
  readonly target: string
  readonly sliceSeconds: number
  /** When the customer was down, of six hours at least; ascending. */
  readonly down: readonly Span[]
  /** What is told to nobody: announced work, and time that is excluded. */
  readonly quiet: readonly Span[]
  /** Where the newest slice ends that is known. */
  readonly knownToMs: number
}

/** How badly a budget burns; `fast` is the worse. */
export type BurnLevel = BurnRule['name']

export interface BudgetBurn {
  readonly level: BurnLevel
  readonly because: string
}

/**
 * Whether a customer's budget burns, by the windows and rates of incidents, with its own target in the place of 99.9 %.
 * A strict target would make every slice an alarm (99.999 % allows 0.04 s an hour), so it takes two slices at least. What
 * is quiet counts nowhere, and in the middle of it nothing is found.
 */
export function findBudgetBurn(facts: BudgetBurnFacts): BudgetBurn | undefined {
  const { target, knownToMs, quiet, sliceSeconds } = facts
  if (quiet.some(({ startMs, endMs }) => startMs < knownToMs && knownToMs <= endMs)) return undefined
  const down = loud(facts)
  for (const rule of burnRules) {
    const long = downWithin(down, knownToMs, rule.longSeconds)
    const short = downWithin(down, knownToMs, rule.shortSeconds)
    if (compare(long, fraction(FEWEST_SLICES * sliceSeconds)) < 0 || isZero(short)) continue
    if (!burns(long, rule.longSeconds, target, rule) || !burns(short, rule.shortSeconds, target, rule))
      continue
    const rate = burnRate({ target, down, knownToMs }, rule.longSeconds)
    const times =
      rate === undefined ? '' : `, ${toFlooredDecimal(rate, 1)} times as much as ${target} % allows`
    return {
      level: rule.name,
      because:
        `Down for ${shortDecimal(long, 3)} of the last ${grouped(rule.longSeconds)} seconds${times}, and for ` +
        `${shortDecimal(short, 3)} of the last ${grouped(rule.shortSeconds)}.`,
    }
  }
  return undefined
}

/**
 * Whether what burned is over: nothing was down for a quarter of an hour, or for half an hour as long as the slow rule's
 * long window burns. Quiet time is no calm.
 */
export function isBudgetCalm(facts: BudgetBurnFacts): boolean {
  const { target, knownToMs, quiet } = facts
  const down = loud(facts)
  const needed = burnRules.filter((rule, at) => {
    return at === 0 || burns(downWithin(down, knownToMs, rule.longSeconds), rule.longSeconds, target, rule)
  })
  const lastMs = down.findLast(({ startMs }) => startMs < knownToMs)?.endMs ?? -Infinity
  const reachMs = knownToMs - Math.max(...burnRules.map(({ longSeconds }) => longSeconds)) * 1000
  const since = { startMs: Math.max(lastMs, reachMs), endMs: knownToMs }
  const calmMs = lengthMs(subtraction([since], quiet))
  return needed.every(({ calmSeconds }) => calmMs >= calmSeconds * 1000)
}

function loud({ down, quiet }: BudgetBurnFacts): Span[] {
  return subtraction(down, quiet)
}

function burns(seconds: Fraction, windowSeconds: number, target: string, { rateTenths }: BurnRule): boolean {
  const allowed = multiply(allowedShare(target), fraction(windowSeconds))
  return !isZero(seconds) && compare(seconds, multiply(allowed, fraction(rateTenths, 10))) >= 0
}
