import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ApplicableLimits } from '../../src/core/limits/applicable-limits.ts'
import { retryAfterSeconds, secondsToReset } from '../../src/core/limits/decision.ts'
import type { Decision } from '../../src/core/limits/decision.ts'
import type { Counters } from '../../src/data-plane/counters/counters.ts'
import { createModelLimiter } from './model-limiter.ts'

/** Counters over memory of their own, as seen by `threads` of them, all on the one `clock`. */
export type MakeCounters = (clock: () => number, threads: number) => Counters<unknown>[]

const MINUTE_START_MS = Date.UTC(2026, 10, 21, 12, 0, 0)

/** What every implementation of the counters must hold: run on each of them. */
export function countersSuite(name: string, make: MakeCounters): void {
  describe(`${name}: the limits`, () => {
    const scopeName = { appId: 'app_1', endpoint: 'SendMessage', platform: 'ios' }

    function one(window: 'aligned' | 'sliding' = 'aligned') {
      let nowMs = MINUTE_START_MS
      const [counters] = make(() => nowMs, 1)
      const scope = counters!.scope(scopeName, window)
      return {
        counters: counters!,
        at: (ms: number) => void (nowMs = MINUTE_START_MS + ms),
        take: (limits: ApplicableLimits, user?: string) => counters!.take(scope, limits, user)!,
        peek: (limits: ApplicableLimits, user?: string) => counters!.peek(scope, limits, user),
      }
    }

    it('a user over the limit leaves the app’s counters as they were', () => {
      const { take, peek } = one()
      const limits = { app: 100, user: 2, burst: 50 }
      take(limits, 'ann')
      take(limits, 'ann')
      const before = peek(limits, undefined)
      const rejected = take(limits, 'ann')
      expect(rejected.admitted).toBe(false)
      expect(rejected.shown).toMatchObject({ policy: 'user', limit: 2, remaining: 0 })
      expect(peek(limits, undefined)).toEqual(before)
      expect(take(limits, 'bob').admitted).toBe(true)
    })

    it('a raised limit helps at once and keeps the window’s count', () => {
      const { take } = one()
      for (let i = 0; i < 3; i++)
        expect(take({ app: 3, user: undefined, burst: undefined }).admitted).toBe(true)
      expect(take({ app: 3, user: undefined, burst: undefined }).admitted).toBe(false)
      const raised = take({ app: 5, user: undefined, burst: undefined })
      expect(raised.shown).toMatchObject({ limit: 5, remaining: 1 })
    })

    it('a lowered limit holds at once and shows nothing left, never less', () => {
      const { take } = one()
      for (let i = 0; i < 3; i++) take({ app: 3, user: undefined, burst: undefined })
      const lowered = take({ app: 1, user: undefined, burst: undefined })
      expect(lowered).toMatchObject({ admitted: false, shown: { limit: 1, remaining: 0 } })
    })

    it('of several violated limits shows the one that resets last, so that one wait is enough', () => {
      const { take } = one()
      const limits = { app: 9, user: 1, burst: 1 }
      take(limits, 'ann')
      const rejected = take(limits, 'ann')
      expect(rejected.violated.map(({ policy }) => policy)).toEqual(['burst', 'user'])
      expect(rejected.shown.policy).toBe('user')
    })

    it('names user, then app, then burst when they reset together', () => {
      const { take, at } = one()
      at(59_500)
      const limits = { app: 1, user: 1, burst: 1 }
      take(limits, 'ann')
      expect(take(limits, 'ann').shown.policy).toBe('user')
      expect(take(limits, 'bob').shown.policy).toBe('app')
    })

    it.each(['aligned', 'sliding'] as const)(
      'a lone client’s retry after Retry-After passes, one a second earlier does not (%s)',
      window => {
        fc.assert(
          fc.property(
            fc.record({
              app: fc.integer({ min: 1, max: 4 }),
              user: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
              burst: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
            }),
            fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 5, maxLength: 30 }),
            (limits, pauses) => {
              const { take, at } = one(window)
              let atMs = 0
              for (const pause of pauses) {
                atMs += pause
                at(atMs)
                const decision = take(limits, 'ann')
                if (decision.admitted) continue
                const waitMs = retryAfterSeconds(decision) * 1000
                at(atMs + waitMs - 1000)
                expect(take(limits, 'ann').admitted).toBe(false)
                atMs += waitMs
                at(atMs)
                expect(take(limits, 'ann').admitted).toBe(true)
              }
            },
          ),
        )
      },
    )

    it('server tokens have no user limit', () => {
      const { take } = one()
      const limits = { app: 3, user: 1, burst: undefined }
      for (let i = 0; i < 3; i++) {
        const decision = take(limits, undefined)
        expect(decision.admitted).toBe(true)
        expect(decision.policies.map(({ policy }) => policy)).toEqual(['app'])
      }
    })

    it('iOS at its limit does not touch Android, nor another endpoint, nor another app', () => {
      const { counters, take } = one()
      const limits = { app: 1, user: 1, burst: undefined }
      take(limits, 'ann')
      expect(take(limits, 'ann').admitted).toBe(false)
      for (const other of [{ platform: 'android' }, { endpoint: 'MarkRead' }, { appId: 'app_2' }]) {
        const scope = counters.scope({ ...scopeName, ...other }, 'aligned')
        expect(counters.take(scope, limits, 'ann')!.admitted).toBe(true)
      }
    })

    it('a clock that stepped back by a day does not keep anyone limited for a day', () => {
      const { take, at } = one()
      const limits = { app: 1, user: undefined, burst: undefined }
      at(86_400_000)
      take(limits)
      at(0)
      expect(take(limits).admitted).toBe(true)
      expect(take(limits).admitted).toBe(false)
      at(60_000)
      expect(take(limits).admitted).toBe(true)
    })
  })

  describe.each(['aligned', 'sliding'] as const)(`${name}: against the model, %s windows`, window => {
    const limitsArbitrary = fc.record({
      app: fc.integer({ min: 1, max: 6 }),
      user: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      burst: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    })
    const stepArbitrary = fc.record({
      advanceMs: fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: 0, max: 700 }) },
        { weight: 2, arbitrary: fc.integer({ min: 0, max: 30_000 }) },
        { weight: 1, arbitrary: fc.integer({ min: 0, max: 200_000 }) },
        { weight: 1, arbitrary: fc.integer({ min: -2_000, max: 0 }) },
      ),
      thread: fc.nat({ max: 1 }),
      endpoint: fc.constantFrom('A', 'B'),
      platform: fc.constantFrom('ios', 'web'),
      user: fc.constantFrom('ann', 'bob', undefined),
      newLimits: fc.option(limitsArbitrary, { freq: 8 }),
    })

    it('any interleaving, clock and change of limits decides as the model does', () => {
      fc.assert(
        fc.property(limitsArbitrary, fc.array(stepArbitrary, { maxLength: 120 }), (initial, steps) => {
          let nowMs = MINUTE_START_MS
          let highestMs = nowMs
          let limits = initial
          const threads = make(() => nowMs, 2)
          const model = createModelLimiter(window)
          for (const step of steps) {
            // Never further back than the minute for which the clock stands still.
            nowMs = Math.max(nowMs + step.advanceMs, highestMs - 60_000)
            highestMs = Math.max(highestMs, nowMs)
            limits = step.newLimits ?? limits
            const counters = threads[step.thread]!
            const { endpoint, platform } = step
            const scope = counters.scope({ appId: 'app_1', endpoint, platform }, window)
            const peeked = counters.peek(scope, limits, step.user)
            const decision = counters.take(scope, limits, step.user)!
            const expected = model.take(`${endpoint} ${platform}`, limits, step.user, nowMs)
            expect(shapeOf(decision)).toEqual(expected)
            checkArithmetic(decision)
            if (!decision.admitted) {
              expect(counters.peek(scope, limits, step.user).policies).toEqual(peeked.policies)
            }
          }
        }),
        { numRuns: 300 },
      )
    })

    it('any clock at all: never more than the limit in a window, unless the clock was corrected in it', () => {
      const jumps = fc.array(fc.integer({ min: -400_000, max: 400_000 }), { maxLength: 80 })
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 3 }), jumps, (limit, advances) => {
          let nowMs = MINUTE_START_MS
          const [counters] = make(() => nowMs, 1)
          const scope = counters!.scope({ appId: 'app_1', endpoint: 'A', platform: 'ios' }, window)
          let admittedSince: number[] = []
          let latestMs = 0
          for (const advance of advances) {
            nowMs += advance
            const decision = counters!.take(
              scope,
              { app: limit, user: undefined, burst: undefined },
              undefined,
            )!
            if (decision.nowMs < latestMs) admittedSince = []
            latestMs = decision.nowMs
            if (!decision.admitted) continue
            admittedSince.push(Math.floor(decision.nowMs / 1000))
            for (const second of admittedSince) {
              const inWindow = admittedSince.filter(other =>
                window === 'aligned'
                  ? Math.floor(other / 60) === Math.floor(second / 60)
                  : other >= second && other < second + 60,
              )
              expect(inWindow.length).toBeLessThanOrEqual(limit)
            }
          }
        }),
        { numRuns: 300 },
      )
    })
  })
}

function shapeOf(decision: Decision) {
  return {
    admitted: decision.admitted,
    nowMs: decision.nowMs,
    violated: decision.violated.map(({ policy }) => policy),
    remaining: Object.fromEntries(decision.policies.map(({ policy, remaining }) => [policy, remaining])),
    reset: Object.fromEntries(decision.policies.map(({ policy, resetSecond }) => [policy, resetSecond])),
  }
}

/** What the header fields are made of adds up, whatever was decided. */
function checkArithmetic(decision: Decision): void {
  for (const policy of decision.policies) {
    expect(policy.remaining).toBeGreaterThanOrEqual(0)
    expect(policy.remaining).toBeLessThanOrEqual(policy.limit)
    expect(secondsToReset(decision, policy)).toBe(
      Math.max(0, Math.ceil(policy.resetSecond - decision.nowMs / 1000)),
    )
  }
  expect(decision.policies).toContain(decision.shown)
  for (const violated of decision.violated) {
    expect(violated.remaining).toBe(0)
    expect(violated.resetSecond).toBeLessThanOrEqual(decision.shown.resetSecond)
  }
  if (!decision.admitted) expect(retryAfterSeconds(decision)).toBeGreaterThanOrEqual(1)
}
