import type { PolicyState } from './rate-limit-fields.ts'

/**
 * What a client knows of one policy: never more than the truth as long as nobody else uses the same limit.
 * Instants are milliseconds of a clock of this machine that only goes forward.
 */
export interface Quota {
  readonly name: string
  limit: number | undefined
  windowMs: number
  /** How many more calls may be sent in this window. */
  left: number
  /** The least that an answer said remains in this window; Infinity before the first answer. */
  lowest: number
  /** The window's reset is later than this, … */
  afterMs: number
  /** … and not later than this. */
  untilMs: number
}

/** When a call was sent and its answer came: the server decided somewhere in between. */
export interface CallSpan {
  readonly sentMs: number
  readonly receivedMs: number
}

/** Two machines' clocks drift apart by far less than this within a window of a minute. */
const DRIFT_MS = 20

/** `inFlight` are the other calls that were sent and not answered: any of them may still be counted. */
export function firstQuota(state: PolicyState, span: CallSpan, inFlight: number): Quota {
  return {
    name: state.name,
    limit: state.limit,
    windowMs: windowMsOf(state),
    left: state.remaining - inFlight,
    lowest: state.remaining,
    ...resetOf(state, span),
  }
}

/** Takes in what an answer says. */
export function learn(quota: Quota, state: PolicyState, span: CallSpan, inFlight: number): void {
  quota.limit = state.limit
  quota.windowMs = windowMsOf(state)
  const reset = resetOf(state, span)
  // The answer was on its way when the window turned, and speaks of the old one.
  if (reset.untilMs <= quota.afterMs) return
  if (reset.afterMs >= quota.untilMs) {
    quota.lowest = Infinity
    Object.assign(quota, reset)
  } else {
    quota.afterMs = Math.max(quota.afterMs, reset.afterMs)
    quota.untilMs = Math.min(quota.untilMs, reset.untilMs)
  }
  quota.lowest = Math.min(quota.lowest, state.remaining)
  // Two sure bounds, of which the greater holds: `left` has every call sent since taken off, and what is in
  // flight can at most be all missing from the lowest number seen.
  quota.left = Math.min(quota.lowest, Math.max(quota.left, quota.lowest - inFlight))
}

/** Begins a new window if the known one is surely over. */
export function turn(quota: Quota, nowMs: number, inFlight: number): void {
  if (nowMs < quota.untilMs) return
  // A sliding window gives back only what leaves it, so one call goes ahead and tells how much that is. For a
  // window of a second, which never slides, that would halve the rate.
  const wholeAgain = quota.windowMs <= 1000 && quota.limit !== undefined
  quota.left = wholeAgain ? quota.limit! - inFlight : Math.max(quota.left, 1)
  quota.lowest = Infinity
  quota.afterMs = nowMs
  quota.untilMs = nowMs + quota.windowMs + DRIFT_MS
}

/** A call that got no answer may have been counted. */
export function losesTrack(quota: Quota): void {
  if (quota.lowest === Infinity) quota.left = Math.max(quota.left, 1)
  else quota.lowest -= 1
}

function resetOf(state: PolicyState, { sentMs, receivedMs }: CallSpan): { afterMs: number; untilMs: number } {
  const resetMs = state.resetSeconds! * 1000
  return { afterMs: sentMs + resetMs - 1000 - DRIFT_MS, untilMs: receivedMs + resetMs + DRIFT_MS }
}

function windowMsOf({ windowSeconds, resetSeconds }: PolicyState): number {
  return (windowSeconds ?? resetSeconds!) * 1000
}
