import type { ApplicableLimits } from '../../src/core/limits/applicable-limits.ts'

/**
 * The limiter as one would explain it on paper: it remembers every admitted request for ever and counts them
 * anew for each decision. Slow and obvious; the real ones are held against it.
 */
export interface ModelLimiter {
  take(scope: string, limits: ApplicableLimits, user: string | undefined, clockMs: number): ModelDecision
}

export interface ModelDecision {
  readonly admitted: boolean
  readonly nowMs: number
  /** What is left of each policy that applies, after the request. */
  readonly remaining: Readonly<Record<string, number>>
  /** Unix second of the reset of each policy that applies. */
  readonly reset: Readonly<Record<string, number>>
  readonly violated: readonly string[]
}

interface Admitted {
  readonly scope: string
  readonly user: string | undefined
  readonly second: number
  /** The policies that held for it: one that was off did not count it, and begins anew when it is turned on. */
  readonly policies: readonly string[]
}

export function createModelLimiter(window: 'aligned' | 'sliding'): ModelLimiter {
  const admitted: Admitted[] = []
  let latestMs = 0

  return {
    take(scope, limits, user, clockMs) {
      // A clock that steps back stands still; the tests with longer steps do not use the model.
      latestMs = Math.max(latestMs, clockMs)
      const now = Math.floor(latestMs / 1000)
      const ofScope = admitted.filter(each => each.scope === scope)
      const ofUser = ofScope.filter(each => each.user === user)
      const userLimit = user === undefined ? undefined : limits.user
      const checks = [
        { policy: 'app', limit: limits.app, seconds: secondsOf(ofScope, 'app'), rule: minuteRule(window) },
        { policy: 'burst', limit: limits.burst, seconds: secondsOf(ofScope, 'burst'), rule: aligned(1) },
        { policy: 'user', limit: userLimit, seconds: secondsOf(ofUser, 'user'), rule: minuteRule(window) },
      ].flatMap(check => (check.limit === undefined ? [] : [{ ...check, limit: check.limit }]))
      const violated = checks.filter(({ rule, seconds, limit }) => rule.used(seconds, now) >= limit)
      const passes = violated.length === 0
      if (passes) {
        admitted.push({ scope, user, second: now, policies: checks.map(({ policy }) => policy) })
        for (const { seconds } of checks) seconds.push(now)
      }
      return {
        admitted: passes,
        nowMs: latestMs,
        violated: violated.map(({ policy }) => policy),
        remaining: byPolicy(checks, ({ rule, seconds, limit }) =>
          Math.max(0, limit - rule.used(seconds, now)),
        ),
        reset: byPolicy(checks, ({ rule, seconds, limit }) => rule.reset(seconds, now, limit)),
      }
    },
  }
}

interface Rule {
  used(seconds: readonly number[], now: number): number
  reset(seconds: readonly number[], now: number, limit: number): number
}

function minuteRule(window: 'aligned' | 'sliding'): Rule {
  return window === 'aligned' ? aligned(60) : sliding
}

function aligned(length: number): Rule {
  const windowOf = (second: number) => Math.floor(second / length)
  return {
    used: (seconds, now) => seconds.filter(second => windowOf(second) === windowOf(now)).length,
    reset: (_seconds, now) => (windowOf(now) + 1) * length,
  }
}

const sliding: Rule = {
  used: (seconds, now) => seconds.filter(second => second >= now - 60 && second <= now).length,
  reset(seconds, now, limit) {
    const used = this.used(seconds, now)
    if (used === 0) return now
    // Try every second to come: slow, and plainly what the rule says.
    for (let then = now + 1; ; then++) {
      const left = this.used(seconds, then)
      if (used >= limit ? left < limit : left < used) return then
    }
  },
}

function secondsOf(requests: readonly Admitted[], policy: string): number[] {
  return requests.filter(({ policies }) => policies.includes(policy)).map(({ second }) => second)
}

function byPolicy<C extends { policy: string }>(checks: readonly C[], value: (check: C) => number) {
  return Object.fromEntries(checks.map(check => [check.policy, value(check)]))
}
