import type { Sla } from '../contract/contract.ts'
import { decimal, shortDecimal } from '../exact/decimal.ts'
import { type Fraction, compare, fraction, subtract } from '../exact/fraction.ts'
import type { Span } from '../time/span.ts'
import type { RequestSums } from './app-figures.ts'
import { type Credit, creditOwed, slaTimezone } from './credit.ts'
import { type MonthDownTime, monthDownTime } from './month-down-time.ts'
import type { DownSpan, JudgedTime, StateSeconds } from './organization-slices.ts'
import { allowedSeconds, exactText, uptimeOf, uptimeText } from './uptime.ts'

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

/** One app's part in a month: the organization is down when any of them is. */
export interface AppReport extends RequestSums {
  readonly appId: string
  readonly uptime: string
  readonly exact: string
  readonly downSeconds: string
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
  /** What each app came to, over the whole month as well; undefined: frozen by a Weir that did not say. */
  readonly apps?: readonly AppReport[] | undefined
  readonly base: string
  readonly credit: Omit<Credit, 'uptime' | 'because'>
  readonly readings: { readonly slices: Reading; readonly requests: Reading; readonly equivalent: Reading }
  readonly because: readonly string[]
}

/** Everything a customer is told about a month, from what was measured. It reads nothing and decides all. */
export function slaReport(facts: SlaFacts): SlaReport {
  const time = monthDownTime({ ...facts, timezone: slaTimezone(facts.sla) })
  return reportOn(time, facts)
}

/** What a month's down time comes to under a promise. */
export function reportOn(
  time: MonthDownTime,
  { sla, base, minorDigits }: Pick<SlaFacts, 'sla' | 'base' | 'minorDigits'>,
): SlaReport {
  const { month, timezone, monthSeconds: length, downSeconds: down } = time
  const owed = (seconds: Fraction) =>
    creditOwed({
      sla,
      base,
      billing: 'monthly',
      downSeconds: atMost(seconds, length),
      month,
      timezone,
      minorDigits,
    })
  const { because, uptime, ...credit } = owed(down)
  const target = targetOf(sla)
  const allowance = target === undefined ? undefined : allowedSeconds(target, length)
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
    spans: time.spans,
    excludedSpans: time.excludedSpans,
    seconds: time.seconds,
    apps: time.apps.map(({ appId, downMs, valid, failed }) => {
      const seconds = fraction(downMs, 1000)
      const exact = uptimeOf(seconds, length)
      const shown = {
        uptime: uptimeText(exact),
        exact: exactText(exact),
        downSeconds: shortDecimal(seconds, 3),
      }
      return { appId, ...shown, valid, failed }
    }),
    base: shortDecimal(base),
    credit,
    readings: {
      slices: reading(down),
      requests: reading(time.others.requests),
      equivalent: reading(time.others.equivalent),
    },
    because: [...time.because, ...because],
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
