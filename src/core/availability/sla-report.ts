import type { Sla } from '../contract/contract.ts'
import { decimal, shortDecimal } from '../exact/decimal.ts'
import { type Fraction, compare, fraction, subtract } from '../exact/fraction.ts'
import { monthSeconds, monthSpan } from '../time/month.ts'
import { type Span, intersection, lengthMs, union } from '../time/span.ts'
import { type Credit, creditOwed, slaTimezone } from './credit.ts'
import { countDownTime } from './exclusions.ts'
import {
  type DownSpan,
  type JudgedTime,
  type StateSeconds,
  describeDown,
  secondsByState,
} from './organization-slices.ts'
import { otherReadings } from './readings.ts'
import { allowedSeconds, uptimeOf, uptimeText } from './uptime.ts'

export interface SlaFacts {
  readonly sla: Sla
  /** `YYYY-MM` in the SLA's timezone. */
  readonly month: string
  /** The fee that a credit is a share of, for this month. */
  readonly base: Fraction
  readonly minorDigits: number
  readonly judged: JudgedTime
  /** When the organization held a plan in the month: nothing was promised at other times. */
  readonly held: readonly Span[]
}

/** A way to read the month's down time, and what it would pay. */
export interface Reading {
  readonly downSeconds: string
  readonly uptime: string
  readonly credit: string
}

/** A month's promise and what became of it. Seconds are decimal text, exact up to three decimals. */
export interface SlaReport {
  readonly month: string
  readonly timezone: string
  readonly form: Sla['form']
  /** In per cent, floored to five decimals. */
  readonly uptime: string
  /** The percentage below which a credit is owed; undefined without a promise. */
  readonly target: string | undefined
  readonly downSeconds: string
  readonly allowanceSeconds: string | undefined
  /** Below zero once the promise is broken. */
  readonly allowanceLeftSeconds: string | undefined
  readonly spans: readonly DownSpan[]
  /** Down time that does not count. */
  readonly excludedSpans: readonly Span[]
  readonly seconds: StateSeconds
  readonly base: string
  readonly credit: Omit<Credit, 'uptime' | 'because'>
  readonly readings: { readonly slices: Reading; readonly requests: Reading; readonly equivalent: Reading }
  readonly because: readonly string[]
}

/** Everything a customer is told about a month, from what was measured. It reads nothing and decides all. */
export function slaReport(facts: SlaFacts): SlaReport {
  const { sla, month, base, minorDigits, judged, held } = facts
  const timezone = slaTimezone(sla)
  const whole = monthSpan(month, timezone)
  const within = intersection(held, [whole])
  const outages = intersection(union(judged.apps.flatMap(({ outages: spans }) => [...spans])), within)
  const { maintenance, exclusions, noticeHours } = judged
  const counted = countDownTime({ outages, maintenance, exclusions, noticeHours })
  const down = fraction(lengthMs(counted.down), 1000)
  const length = monthSeconds(month, timezone)
  const owed = (downSeconds: Fraction) =>
    creditOwed({
      sla,
      base,
      billing: 'monthly',
      downSeconds: atMost(downSeconds, length),
      month,
      timezone,
      minorDigits,
    })
  const { because, uptime, ...credit } = owed(down)
  const target = targetOf(sla)
  const allowance = target === undefined ? undefined : allowedSeconds(target, length)
  const others = otherReadings(judged, length)
  const reading = (seconds: Fraction): Reading => ({
    downSeconds: shortDecimal(seconds, 3),
    uptime: uptimeText(uptimeOf(atMost(seconds, length), length)),
    credit: owed(seconds).amount,
  })
  return {
    month,
    timezone,
    form: sla.form,
    uptime,
    target,
    downSeconds: shortDecimal(down, 3),
    allowanceSeconds: allowance && shortDecimal(allowance, 3),
    allowanceLeftSeconds: allowance && shortDecimal(subtract(allowance, down), 3),
    spans: describeDown(judged, counted.down),
    excludedSpans: counted.excluded,
    seconds: secondsByState(judged),
    base: shortDecimal(base),
    credit,
    readings: {
      slices: reading(down),
      requests: reading(others.requests),
      equivalent: reading(others.equivalent),
    },
    because: [...counted.because, ...because],
  }
}

/** The percentage below which the first credit is owed. */
export function targetOf(sla: Sla): string | undefined {
  if (sla.form === 'none') return undefined
  if (sla.form === 'accelerated') return sla.target
  return sla.tiers.map(({ below }) => below).toSorted((a, b) => compare(decimal(b), decimal(a)))[0]
}

function atMost(seconds: Fraction, monthLength: number): Fraction {
  const whole = fraction(monthLength)
  return compare(seconds, whole) > 0 ? whole : seconds
}
