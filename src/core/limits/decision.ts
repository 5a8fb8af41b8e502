/** The three limits a request is checked against, together. */
export type PolicyName = 'app' | 'burst' | 'user'

/** One limit as it stands after a decision. */
export interface PolicyState {
  readonly policy: PolicyName
  readonly limit: number
  readonly windowSeconds: 1 | 60
  readonly remaining: number
  /** Unix seconds, always a whole number. */
  readonly resetSecond: number
}

/**
 * What was decided about one request. Headers, problem body, inspection and records are all written from
 * this one value, so they cannot disagree.
 */
export interface Decision {
  readonly admitted: boolean
  /** The time that was decided by, in Unix milliseconds. */
  readonly nowMs: number
  /** App, then burst and user where they apply. */
  readonly policies: readonly PolicyState[]
  /** The policies that had nothing left; empty when admitted. */
  readonly violated: readonly PolicyState[]
  /** What `X-RateLimit-*` shows: the app's minute, or the violated limit whose wait is enough for all. */
  readonly shown: PolicyState
}

/** Of several violated limits that reset together, the one that is named. */
const shownFirst: Readonly<Record<PolicyName, number>> = { user: 0, app: 1, burst: 2 }

/** `policies` starts with the app's. `violated` is a subset of it, and not empty iff the request is rejected. */
export function decide(
  nowMs: number,
  policies: readonly PolicyState[],
  violated: readonly PolicyState[],
): Decision {
  const admitted = violated.length === 0
  return { admitted, nowMs, policies, violated, shown: admitted ? policies[0]! : lastToReset(violated) }
}

/** Whole seconds from the decision until `policy` resets: `t` of the `RateLimit` field. */
export function secondsToReset(decision: Decision, policy: PolicyState): number {
  return Math.max(0, Math.ceil(policy.resetSecond - decision.nowMs / 1000))
}

/** What a rejected client is told to wait. Waiting it out is enough for every violated limit. */
export function retryAfterSeconds(decision: Decision): number {
  return Math.max(1, secondsToReset(decision, decision.shown))
}

function lastToReset(violated: readonly PolicyState[]): PolicyState {
  return violated.reduce((a, b) =>
    b.resetSecond > a.resetSecond ||
    (b.resetSecond === a.resetSecond && shownFirst[b.policy] < shownFirst[a.policy])
      ? b
      : a,
  )
}
