import type { ApplicableLimits } from '../../core/limits/applicable-limits.ts'
import type { Decision } from '../../core/limits/decision.ts'

/** What is counted apart from everything else: every app, endpoint and platform has counters of its own. */
export interface ScopeName {
  readonly appId: string
  readonly endpoint: string
  readonly platform: string
}

/** The seam between deciding and where counts lie. `Scope` is what an implementation prepares once for a name. */
export interface Counters<Scope> {
  scope(name: ScopeName, window: 'aligned' | 'sliding'): Scope
  /**
   * Checks user, burst and app-minute together and counts the request in all of them or in none.
   * `user` undefined: no user limit applies, as for server tokens. Undefined comes back when the counters have
   * no room for a new one; nothing is counted then, and the contract says what happens.
   */
  take(scope: Scope, limits: ApplicableLimits, user: string | undefined): Decision | undefined
  /** The same state without counting anything; always `admitted`. */
  peek(scope: Scope, limits: ApplicableLimits, user: string | undefined): Decision
}
