import type { Sla } from '../contract/contract.ts'
import { grouped } from '../contract/plain-words.ts'
import { percent, shortDecimal } from '../exact/decimal.ts'
import { type Fraction, ZERO, compare, divide, fraction, isZero, multiply } from '../exact/fraction.ts'
import { billed } from '../exact/money.ts'
import { monthSeconds } from '../time/month.ts'
import { type OwedShare, owedShare } from './owed-share.ts'
import { uptimeOf, uptimeText } from './uptime.ts'

export interface CreditFacts {
  readonly sla: Sla
  /** The fee that the credit is a share of, exact; the yearly one when `billing` is `annual`. */
  readonly base: Fraction
  /** `annual`: a twelfth of the base counts in each month, in every form. */
  readonly billing: 'monthly' | 'annual'
  /** Down time that counts: after exclusions, at most the month's length. */
  readonly downSeconds: Fraction
  /** `YYYY-MM` in `timezone` */
  readonly month: string
  /** Whose calendar month it is; it wins over the SLA's own. */
  readonly timezone: string | undefined
  readonly minorDigits: number
}

export interface Credit {
  /** In per cent, floored to five decimals. */
  readonly uptime: string
  readonly amount: string
  /** The time of the month's fee that the amount stands for, in minutes with at most two decimals. */
  readonly minutes: string
  /** True only when the cap took something away. */
  readonly capped: boolean
  readonly because: readonly string[]
}

/** The money that is owed back for a month's down time, from exact fractions, rounded half up once. */
export function creditOwed(facts: CreditFacts): Credit {
  const { sla, downSeconds, month, minorDigits } = facts
  const timezone = facts.timezone ?? slaTimezone(sla)
  const seconds = monthSeconds(month, timezone)
  const base = facts.billing === 'annual' ? divide(facts.base, fraction(12)) : facts.base
  const uptime = uptimeText(uptimeOf(downSeconds, seconds))
  const owed = owedShare(sla, downSeconds, seconds)
  const cap = capOf(sla)
  // Of a base of nothing a cap takes nothing away, however small it is.
  const capped = compare(multiply(owed.share, base), multiply(cap, base)) > 0
  const share = capped ? cap : owed.share
  const amount = billed(multiply(share, base), minorDigits)
  return {
    uptime,
    amount,
    minutes: shortDecimal(divide(multiply(share, fraction(seconds)), fraction(60)), 2),
    capped,
    because: [
      `${month} has ${grouped(seconds)} seconds in ${timezone}.`,
      `Down ${shortDecimal(downSeconds)} of them: uptime is 1 - ${shortDecimal(downSeconds)} / ${seconds} = ${uptime} %, rounded down.`,
      ...(facts.billing === 'annual'
        ? [`The base is a yearly fee, of which a twelfth counts: ${shortDecimal(base)}.`]
        : []),
      ...owed.because,
      ...amountWords(sla, base, owed, capped, amount),
    ],
  }
}

/** The zone whose months and days count for an SLA; without one, UTC. */
export function slaTimezone(sla: Sla): string {
  return sla.form === 'none' ? 'UTC' : sla.timezone
}

function capOf(sla: Sla): Fraction {
  return sla.form === 'none' ? ZERO : percent(sla.cap)
}

function amountWords(sla: Sla, base: Fraction, owed: OwedShare, capped: boolean, amount: string): string[] {
  if (sla.form === 'none' || isZero(owed.share)) return []
  const fee = shortDecimal(base)
  const uncapped = shortDecimal(multiply(owed.share, base))
  const cap = shortDecimal(multiply(percent(sla.cap), base))
  return [
    `${fee} x ${owed.shareWords} = ${uncapped}.`,
    `The cap of ${sla.cap} % is ${cap}: it takes ${capped ? 'the rest' : 'nothing'} away.`,
    `Rounded half up: ${amount}.`,
  ]
}
