import type { Calendar, Target } from '../contract/contract.ts'
import { MINUTE_MS, openMinutesOn, openSpans, type OpenSpan } from '../time/open-hours.ts'

/**
 * When a human reply is owed: opened (rounded down to its minute) + target, counted in whole minutes of the
 * calendar's open time. A reply at the due instant is in time, so a target that is used up at closing time is due
 * then and not when the calendar opens again.
 *
 * `n business days` is n times the open length of the local date on which the clock starts: that of the first open
 * minute at or after opening, so a ticket opened after hours takes the next open day's length. The whole day
 * counts, also what lay before the opening, and a day of 23 or 25 hours counts as long as it is.
 */
export function dueTime(clock: SupportClock): Due {
  const { calendar, target } = clock
  if (target === undefined) return { kind: 'unpromised' }
  const openedMs = wholeMinute(clock.openedMs)
  const targetMinutes = minutesOf(target, calendar, openedMs)
  const spans: OpenSpan[] = []
  let leftMs = targetMinutes * MINUTE_MS
  const waits = clock.waitingForCustomer === 'pause' ? mergedWaits(clock.waits) : []
  for (const span of runningSpans(calendar, openedMs, waits)) {
    const toMs = Math.min(span.toMs, span.fromMs + leftMs)
    spans.push({ ...span, toMs })
    leftMs -= toMs - span.fromMs
    if (leftMs === 0) return { kind: 'due', dueMs: toMs, targetMinutes, spans }
  }
  return { kind: 'paused', minutesLeft: leftMs / MINUTE_MS, targetMinutes, spans }
}

export interface SupportClock {
  readonly calendar: Calendar
  readonly openedMs: number
  /** undefined: this severity has no promise. */
  readonly target: Target | undefined
  readonly waitingForCustomer: 'pause' | 'run'
  /** When the customer was being waited for, in any order; `toMs` undefined: still. With `run` they change nothing. */
  readonly waits: readonly { readonly fromMs: number; readonly toMs: number | undefined }[]
}

export type Due =
  /** Without a promise there is no due time. */
  | { readonly kind: 'unpromised' }
  | {
      readonly kind: 'due'
      readonly dueMs: number
      readonly targetMinutes: number
      /** What the target was counted in, ascending; their minutes add up to it. */
      readonly spans: readonly OpenSpan[]
    }
  /** The clock stands still until the customer answers. */
  | {
      readonly kind: 'paused'
      readonly minutesLeft: number
      readonly targetMinutes: number
      readonly spans: readonly OpenSpan[]
    }

/**
 * Raising severity never makes the customer wait longer: the earlier of the old due time and the one that begins
 * with the raise (`dueTime` with `openedMs` the raise and the new target). Both must be of the same calendar.
 */
export function dueAfterRaise(before: Due, raised: Due): Due {
  if (before.kind === 'unpromised') return raised
  if (raised.kind === 'unpromised') return before
  if (before.kind === 'due' && raised.kind === 'due') return raised.dueMs < before.dueMs ? raised : before
  if (before.kind === 'paused' && raised.kind === 'paused') {
    return raised.minutesLeft < before.minutesLeft ? raised : before
  }
  // One was due before the pause began, so it is the earlier one.
  return before.kind === 'due' ? before : raised
}

function minutesOf(target: Target, calendar: Calendar, openedMs: number): number {
  if ('minutes' in target) return target.minutes
  const date = startDate(calendar, openedMs)
  return date === undefined ? 0 : target.businessDays * openMinutesOn(calendar, date)
}

/** The local date on which the clock starts; undefined for a calendar that never opens again. */
export function startDate(calendar: Calendar, openedMs: number): string | undefined {
  const [first] = openSpans(calendar, wholeMinute(openedMs)).take(1)
  return first?.date
}

interface Wait {
  readonly fromMs: number
  readonly toMs: number
}

/** Ascending and apart, in whole minutes, as openings are; a wait within one minute stops nothing. */
function mergedWaits(waits: SupportClock['waits']): Wait[] {
  const rounded = waits
    .map(({ fromMs, toMs }) => ({ fromMs: wholeMinute(fromMs), toMs: wholeMinute(toMs ?? Infinity) }))
    .filter(({ fromMs, toMs }) => fromMs < toMs)
    .toSorted((a, b) => a.fromMs - b.fromMs)
  const merged: Wait[] = []
  for (const wait of rounded) {
    const last = merged.at(-1)
    if (last === undefined || last.toMs < wait.fromMs) merged.push(wait)
    else merged[merged.length - 1] = { ...last, toMs: Math.max(last.toMs, wait.toMs) }
  }
  return merged
}

/** Open time without the waits; ends where a wait has no end. */
function* runningSpans(calendar: Calendar, fromMs: number, waits: readonly Wait[]): Generator<OpenSpan> {
  for (const span of openSpans(calendar, fromMs)) {
    let atMs = span.fromMs
    for (const wait of waits) {
      if (wait.toMs <= atMs || wait.fromMs >= span.toMs) continue
      if (atMs < wait.fromMs) yield { ...span, fromMs: atMs, toMs: wait.fromMs }
      if (wait.toMs === Infinity) return
      atMs = wait.toMs
    }
    if (atMs < span.toMs) yield { ...span, fromMs: atMs }
  }
}

function wholeMinute(atMs: number): number {
  return Math.floor(atMs / MINUTE_MS) * MINUTE_MS
}
