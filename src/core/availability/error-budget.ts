import type { Contract } from '../contract/contract.ts'
import { decimal, percent } from '../exact/decimal.ts'
import {
  type Fraction,
  ONE,
  ZERO,
  compare,
  divide,
  fraction,
  isZero,
  multiply,
  subtract,
} from '../exact/fraction.ts'
import { ceil } from '../exact/rounding.ts'
import { monthSeconds, monthSpan } from '../time/month.ts'
import { type Span, intersection, lengthMs } from '../time/span.ts'
import { targetOf } from './sla-report.ts'
import { allowedSeconds } from './uptime.ts'

/** Over which spans, back from the newest slice, it is told how fast a budget is used up; seconds. */
export const burnWindows = { hour: 3600, sixHours: 21_600, threeDays: 259_200 } as const
export type BurnWindow = keyof typeof burnWindows

export interface BudgetFacts {
  /** The promised uptime in per cent. */
  readonly target: string
  /** `YYYY-MM` in `timezone`. */
  readonly month: string
  readonly timezone: string
  /** Down time that counts, of the month and of the three days before `knownToMs`. */
  readonly down: readonly Span[]
  /** Slices up to here are final: what is used goes by them, like the month's report. */
  readonly judgedToMs: number
  /** Slices up to here are known: burn rates look at them too. */
  readonly knownToMs: number
}

/** How much of a month's allowed down time is left, and how fast it goes. Exact; seconds. Plain data. */
export interface ErrorBudget extends Pick<
  BudgetFacts,
  'target' | 'month' | 'timezone' | 'judgedToMs' | 'knownToMs'
> {
  readonly monthSeconds: number
  readonly allowance: Fraction
  readonly used: Fraction
  /** Below zero once the promise is broken. */
  readonly left: Fraction
  /** Of the allowance; undefined where nothing is allowed. */
  readonly leftShare: Fraction | undefined
  /** 1 uses exactly the allowance up in a month; undefined where nothing is allowed. They look over a month's start. */
  readonly burn: Readonly<Record<BurnWindow, Fraction | undefined>>
  /** When the last of it was used; undefined: some is left. */
  readonly exhaustedMs: number | undefined
  /** When the last of it will be, at the rate of the last six hours; undefined: not in this month, or it is. */
  readonly lastsToMs: number | undefined
}

/** What a promise of uptime allows in a month, and what became of that (design, Availability). */
export function errorBudget(facts: BudgetFacts): ErrorBudget {
  const { target, month, timezone, down, judgedToMs, knownToMs } = facts
  const whole = monthSpan(month, timezone)
  const length = monthSeconds(month, timezone)
  const allowance = allowedSeconds(target, length)
  const final = intersection(down, [{ ...whole, endMs: Math.min(whole.endMs, judgedToMs) }])
  const used = secondsOf(final)
  const left = subtract(allowance, used)
  const exhaustedMs = instantUsedUp(final, allowance)
  return {
    target,
    month,
    timezone,
    judgedToMs,
    knownToMs,
    monthSeconds: length,
    allowance,
    used,
    left,
    leftShare: isZero(allowance) ? undefined : divide(left, allowance),
    burn: {
      hour: burnRate(facts, burnWindows.hour),
      sixHours: burnRate(facts, burnWindows.sixHours),
      threeDays: burnRate(facts, burnWindows.threeDays),
    },
    exhaustedMs,
    lastsToMs: exhaustedMs === undefined ? instantItLastsTo(facts, left, whole.endMs) : undefined,
  }
}

/** How many times faster than the target allows it was down in the window before `knownToMs`. */
export function burnRate(
  { target, down, knownToMs }: Pick<BudgetFacts, 'target' | 'down' | 'knownToMs'>,
  windowSeconds: number,
): Fraction | undefined {
  const share = allowedShare(target)
  if (isZero(share)) return undefined
  return divide(divide(downWithin(down, knownToMs, windowSeconds), fraction(windowSeconds)), share)
}

/** Seconds down in the window before an instant. */
export function downWithin(down: readonly Span[], toMs: number, windowSeconds: number): Fraction {
  return secondsOf(intersection(down, [{ startMs: toMs - windowSeconds * 1000, endMs: toMs }]))
}

/** What part of the time may be down. */
export function allowedShare(target: string): Fraction {
  return subtract(ONE, percent(target))
}

/** What the whole API and its groups are held to where no support plan promises anything. */
const UNPROMISED_TARGET = '99.9'

/** The strictest that any of the contract's support plans promises: whoever keeps it keeps all of them. */
export function strictestTarget({ supportPlans }: Pick<Contract, 'supportPlans'>): string {
  const targets = Object.values(supportPlans).flatMap(({ sla }) => targetOf(sla) ?? [])
  const [strictest] = targets.toSorted((a, b) => compare(decimal(b), decimal(a)))
  return strictest ?? UNPROMISED_TARGET
}

function instantUsedUp(down: readonly Span[], allowance: Fraction): number | undefined {
  let leftMs = Number(ceil(multiply(allowance, fraction(1000))))
  for (const { startMs, endMs } of down) {
    if (endMs - startMs >= leftMs) return startMs + leftMs
    leftMs -= endMs - startMs
  }
  return undefined
}

function instantItLastsTo(
  { down, knownToMs }: BudgetFacts,
  left: Fraction,
  monthEndMs: number,
): number | undefined {
  const window = burnWindows.sixHours
  const lately = downWithin(down, knownToMs, window)
  if (compare(lately, ZERO) === 0) return undefined
  const seconds = divide(multiply(left, fraction(window)), lately)
  const atMs = knownToMs + Number(ceil(multiply(seconds, fraction(1000))))
  return atMs < monthEndMs ? atMs : undefined
}

function secondsOf(spans: readonly Span[]): Fraction {
  return fraction(lengthMs(spans), 1000)
}
