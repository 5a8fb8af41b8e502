import type { Sla } from '../contract/contract.ts'
import { grouped } from '../contract/plain-words.ts'
import { percent, shortDecimal } from '../exact/decimal.ts'
import { type Fraction, ZERO, compare, divide, fraction, multiply } from '../exact/fraction.ts'
import { allowedSeconds, uptimeOf } from './uptime.ts'

/** What share of a month's base an SLA gives back, before its cap, and why. */
export interface OwedShare {
  readonly share: Fraction
  /** The share as it is reckoned on paper: `42000 / 2592000`, `25 / 100`. */
  readonly shareWords: string
  readonly because: readonly string[]
}

export function owedShare(sla: Sla, downSeconds: Fraction, monthSeconds: number): OwedShare {
  if (sla.form === 'none') return nothing(['The SLA has the form none: no credit is owed.'])
  if (sla.form === 'tiered') return tieredShare(sla, downSeconds, monthSeconds)
  return acceleratedShare(sla, downSeconds, monthSeconds)
}

/** Below the target all down time counts, each second `acceleration` times; at the target, none of it. */
function acceleratedShare(
  { target, acceleration }: Extract<Sla, { form: 'accelerated' }>,
  downSeconds: Fraction,
  monthSeconds: number,
): OwedShare {
  const allowed = allowedSeconds(target, monthSeconds)
  const rule = `The target of ${target} % allows ${shortDecimal(allowed)} seconds down`
  if (compare(downSeconds, allowed) <= 0) {
    return nothing([`${rule}; ${shortDecimal(downSeconds)} is not more, so nothing is owed.`])
  }
  const counted = multiply(downSeconds, fraction(acceleration))
  const minutes = shortDecimal(divide(counted, fraction(60)), 2)
  return {
    share: divide(counted, fraction(monthSeconds)),
    shareWords: `${shortDecimal(counted)} / ${monthSeconds}`,
    because: [
      `${rule}; ${shortDecimal(downSeconds)} is more, so all down time counts, ${grouped(acceleration)} times: ` +
        `${shortDecimal(downSeconds)} x ${acceleration} = ${shortDecimal(counted)} seconds (${minutes} minutes).`,
    ],
  }
}

/**
 * The single worst tier of those whose percentage the uptime is strictly below; worst is the one that gives
 * most back, so that more down time never gives less.
 */
function tieredShare(
  { tiers }: Extract<Sla, { form: 'tiered' }>,
  downSeconds: Fraction,
  monthSeconds: number,
): OwedShare {
  const uptime = uptimeOf(downSeconds, monthSeconds)
  const reached = tiers
    .filter(({ below }) => compare(uptime, percent(below)) < 0)
    .toSorted((a, b) => compare(percent(b.credit), percent(a.credit)))
  const because = tiers.map(tier => {
    const allowed = shortDecimal(allowedSeconds(tier.below, monthSeconds))
    const words = reached.includes(tier) ? 'reached' : 'not reached'
    return `Below ${tier.below} % (more than ${allowed} seconds down): ${tier.credit} % back, ${words}.`
  })
  const [worst] = reached
  if (worst === undefined) return nothing([...because, 'No tier is reached: nothing is owed.'])
  const choice = `The worst tier reached counts alone: ${worst.credit} %.`
  return {
    share: percent(worst.credit),
    shareWords: `${worst.credit} / 100`,
    because: [...because, choice],
  }
}

function nothing(because: readonly string[]): OwedShare {
  return { share: ZERO, shareWords: '0', because }
}
