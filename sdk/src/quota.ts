import type { PolicyState } from './rate-limit-fields.ts'

/**
 * What a client knows of one policy. As long as nobody else uses the same limit, `left` is never more than the
 * truth, whatever order answers come in. Instants are milliseconds of a clock here that only goes forward.
 */
export interface Quota {
  readonly name: string
  limit: number | undefined
  windowMs: number
  /** How many more calls may be sent. */
  left: number
  /** By the answer to the latest call, the quota has been reset by then. */
  untilMs: number
  /** When that call was sent: what earlier calls are told has been overtaken. */
  asOfMs: number
  /** False while one call has gone ahead to find out what a new window holds. */
  told: boolean
  /** Of a window of a second: when each call that was answered is surely no longer counted. */
  readonly expiries: number[]
  /** Until then others were seen to use the limit too, and only the server's word counts. */
  sharedUntilMs: number
}

/** A call that was sent and then answered; the server decided at some instant in between. */
export interface AnsweredCall {
  readonly sentMs: number
  readonly receivedMs: number
  /** Calls sent until now that the server may have decided after this one. */
  readonly maybeLater: number
}

/** Two machines' clocks drift apart by far less than this within a window of a minute. */
const DRIFT_MS = 20

export function firstQuota(state: PolicyState, call: AnsweredCall): Quota {
  const untilMs = resetMsOf(state, call)
  return {
    name: state.name,
    limit: state.limit,
    windowMs: windowMsOf(state),
    left: state.remaining - call.maybeLater,
    untilMs,
    asOfMs: call.sentMs,
    told: true,
    expiries: [untilMs],
    // Whether others took what is missing, nobody can say yet.
    sharedUntilMs: untilMs,
  }
}

/** Takes in what an answer says; `inFlight` calls are still unanswered. */
export function learn(quota: Quota, state: PolicyState, call: AnsweredCall, inFlight: number): void {
  quota.limit = state.limit
  quota.windowMs = windowMsOf(state)
  const untilMs = resetMsOf(state, call)
  if (isShort(quota)) quota.expiries.push(untilMs)
  // Two sure bounds, of which the greater holds: `left` has every call since taken off, and so has this answer.
  quota.left = Math.max(quota.left, state.remaining - call.maybeLater)
  // An answer slower than the window says nothing of the window that runs now.
  if (call.receivedMs - call.sentMs > quota.windowMs) return
  if (call.sentMs >= quota.asOfMs) {
    quota.told = true
    quota.untilMs = untilMs
    quota.asOfMs = call.sentMs
  }
  if (state.remaining < ownBound(quota, inFlight)) quota.sharedUntilMs = untilMs
  quota.left = Math.min(quota.left, state.remaining)
}

/** A call that got no answer may have been counted, now at the latest. */
export function loseCall(quota: Quota, nowMs: number): void {
  if (isShort(quota)) quota.expiries.push(nowMs + quota.windowMs + DRIFT_MS)
}

/** Brings `left` up to date, and answers when a call may be sent: `nowMs`, later, or Infinity for "by an answer". */
export function opensAtMs(quota: Quota, nowMs: number, inFlight: number): number {
  if (isShort(quota)) {
    while (quota.expiries.length > 0 && quota.expiries[0]! <= nowMs) quota.expiries.shift()
    if (nowMs >= quota.sharedUntilMs) quota.left = Math.max(quota.left, ownBound(quota, inFlight))
    if (quota.left >= 1) return nowMs
    return nowMs < quota.sharedUntilMs ? quota.sharedUntilMs : (quota.expiries[0] ?? Infinity)
  }
  if (quota.left >= 1) return nowMs
  if (nowMs < quota.untilMs && (quota.told || inFlight > 0)) return quota.untilMs
  // A sliding window gives back only what leaves it, so one call goes ahead and tells how much that is.
  if (inFlight >= (quota.limit ?? 1)) return Infinity
  quota.left = 1
  quota.told = false
  quota.untilMs = nowMs + quota.windowMs
  quota.asOfMs = nowMs
  return nowMs
}

/** Windows of a second never slide, and end before a call that went ahead would tell: there, counting is better. */
function isShort({ limit, windowMs }: Quota): boolean {
  return limit !== undefined && windowMs <= 1000
}

/** What is left of a short window if only this client uses it. */
function ownBound({ limit, expiries }: Quota, inFlight: number): number {
  return limit === undefined ? Infinity : limit - expiries.length - inFlight
}

/** The server rounds seconds up, and decided before its answer came: it has reset by then. */
function resetMsOf({ resetSeconds }: PolicyState, { receivedMs }: AnsweredCall): number {
  return receivedMs + resetSeconds! * 1000 + DRIFT_MS
}

function windowMsOf({ windowSeconds, resetSeconds }: PolicyState): number {
  return (windowSeconds ?? resetSeconds!) * 1000
}
