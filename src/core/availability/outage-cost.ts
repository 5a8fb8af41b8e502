import type { Sla } from '../contract/contract.ts'
import { percent } from '../exact/decimal.ts'
import { type Fraction, ZERO, add, compare, divide, fraction, multiply, subtract } from '../exact/fraction.ts'
import { billed, fromMinorUnits, minorUnits } from '../exact/money.ts'
import { monthSeconds } from '../time/month.ts'
import { creditOwed } from './credit.ts'
import { allowedSeconds } from './uptime.ts'

export interface OutageCostFacts {
  readonly sla: Exclude<Sla, { form: 'none' }>
  /** What a credit for the month is a share of, as it would be billed now. */
  readonly base: Fraction
  readonly minorDigits: number
  /** `YYYY-MM` in the SLA's timezone. */
  readonly month: string
  /** Counted so far in the month. */
  readonly downSeconds: Fraction
  /** How much of the month is still to come. */
  readonly secondsToCome: Fraction
}

/** What more down time costs the provider for one customer. Amounts are decimal text. */
export interface OutageCost {
  readonly owed: string
  /** What one more minute down adds to that. */
  readonly nextMinute: string
  /** The most that the month can cost. */
  readonly cap: string
  /** How long it may be down from now until that is owed; zero: it is; undefined: the month ends before. */
  readonly secondsToCap: Fraction | undefined
}

/** The price of the next minute, and when there is no more to lose. From the month's exact figures. */
export function outageCost(facts: OutageCostFacts): OutageCost {
  const { sla, base, minorDigits, month, downSeconds, secondsToCome } = facts
  const length = fraction(monthSeconds(month, sla.timezone))
  const owedAt = (seconds: Fraction) => {
    const down = compare(seconds, length) > 0 ? length : seconds
    const asked = { sla, base, minorDigits, month, downSeconds: down, timezone: undefined }
    return minorUnits(creditOwed({ ...asked, billing: 'monthly' }).amount, minorDigits)
  }
  const now = owedAt(downSeconds)
  const minute = compare(secondsToCome, MINUTE) < 0 ? secondsToCome : MINUTE
  const left = subtract(secondsToCapAt(sla, length), downSeconds)
  const toCap = compare(left, ZERO) > 0 ? left : ZERO
  return {
    owed: fromMinorUnits(now, minorDigits),
    nextMinute: fromMinorUnits(owedAt(add(downSeconds, minute)) - now, minorDigits),
    cap: billed(multiply(highestShare(sla), base), minorDigits),
    secondsToCap: compare(toCap, secondsToCome) > 0 ? undefined : toCap,
  }
}

const MINUTE = fraction(60)

/** The largest share of the base that a month can give back. */
function highestShare(sla: OutageCostFacts['sla']): Fraction {
  const cap = percent(sla.cap)
  if (sla.form === 'accelerated') return lower(cap, fraction(sla.acceleration))
  return lower(cap, highest(sla.tiers.map(({ credit }) => percent(credit))))
}

/** The down time at which that share is reached; of tiers, beyond which. */
function secondsToCapAt(sla: OutageCostFacts['sla'], length: Fraction): Fraction {
  const share = highestShare(sla)
  const seconds = Number(length.numerator)
  if (sla.form === 'accelerated') {
    const reached = divide(multiply(share, length), fraction(sla.acceleration))
    return highest([reached, allowedSeconds(sla.target, seconds)])
  }
  const enough = sla.tiers.filter(({ credit }) => compare(percent(credit), share) >= 0)
  return enough.map(({ below }) => allowedSeconds(below, seconds)).reduce(lower)
}

function lower(a: Fraction, b: Fraction): Fraction {
  return compare(a, b) < 0 ? a : b
}

function highest(all: readonly Fraction[]): Fraction {
  return all.reduce((a, b) => (compare(a, b) < 0 ? b : a))
}
