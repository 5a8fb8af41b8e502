import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countersSuite } from '../../../test/limits/counters-suite.ts'
import { createModelLimiter } from '../../../test/limits/model-limiter.ts'
import { createCounterMemory, openCounters, releaseCounters } from './shared-memory.ts'

const hashKey = { k0: 0x1234, k1: 0x5678 }

countersSuite('shared memory', (clock, threads) => {
  const memory = createCounterMemory({ slots: 4096, hashKey })
  return Array.from({ length: threads }, (_, i) => openCounters(memory, { owner: i + 1, clock }))
})

describe('shared memory', () => {
  const limits = { app: 1_000_000, user: 1, burst: undefined }
  const name = { appId: 'app_1', endpoint: 'SendMessage', platform: 'web' }

  function small(slots = 64) {
    let nowMs = Date.UTC(2026, 10, 21, 12, 0, 0)
    const memory = createCounterMemory({ slots, hashKey })
    const counters = openCounters(memory, { owner: 1, clock: () => nowMs })
    const scope = counters.scope(name, 'aligned')
    return {
      memory,
      counters,
      advance: (ms: number) => void (nowMs += ms),
      take: (user: string) => counters.take(scope, limits, user),
      peek: () => counters.peek(scope, limits, undefined),
    }
  }

  it('never evicts a live counter: users at their limit stay limited while others fill the memory', () => {
    const { take } = small()
    expect(take('victim')!.admitted).toBe(true)
    for (let i = 0; i < 10_000; i++) take(`crowd-${i}`)
    expect(take('victim')!.admitted).toBe(false)
  })

  it('says so when it has no room, and counts nothing then', () => {
    const { take, peek } = small()
    let admitted = 0
    let full = 0
    for (let i = 0; i < 1000; i++) {
      const decision = take(`crowd-${i}`)
      if (!decision) full++
      else if (decision.admitted) admitted++
    }
    expect(full).toBeGreaterThan(900)
    expect(admitted).toBeLessThanOrEqual(63)
    expect(peek().shown.remaining).toBe(limits.app - admitted)
  })

  it('frees every slot when its window ends', () => {
    const { take, advance, counters } = small(1024)
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 500; i++) expect(take(`round-${round}-user-${i}`)!.admitted).toBe(true)
      expect(counters.occupancy()).toBeGreaterThan(0.4)
      advance(60_000)
      expect(counters.occupancy()).toBe(0)
    }
  })

  it('holds seven tenths of its slots before the first one finds no room', () => {
    const { take } = small(4096)
    for (let i = 0; i < 2866; i++) expect(take(`user-${i}`)?.admitted).toBe(true)
  })

  it.each(['aligned', 'sliding'] as const)(
    'in hardly any room, what is counted is counted as the model does (%s)',
    window => {
      const steps = fc.array(
        fc.record({ advanceMs: fc.integer({ min: 0, max: 40_000 }), user: fc.nat({ max: 40 }) }),
        { maxLength: 300 },
      )
      fc.assert(
        fc.property(steps, fc.integer({ min: 1, max: 20 }), (list, app) => {
          let nowMs = Date.UTC(2026, 10, 21, 12, 0, 0)
          const memory = createCounterMemory({ slots: 64, hashKey })
          const counters = openCounters(memory, { owner: 1, clock: () => nowMs })
          const scope = counters.scope(name, window)
          const model = createModelLimiter(window)
          const tight = { app, user: 2, burst: 5 }
          for (const { advanceMs, user } of list) {
            nowMs += advanceMs % 3 === 0 ? advanceMs : 0
            const decision = counters.take(scope, tight, `user-${user}`)
            if (!decision) continue
            const expected = model.take('scope', tight, `user-${user}`, nowMs)
            expect(decision.admitted).toBe(expected.admitted)
            expect(decision.policies.map(({ policy, remaining }) => [policy, remaining])).toEqual(
              Object.entries(expected.remaining),
            )
          }
        }),
        { numRuns: 300 },
      )
    },
  )

  it('goes on after a thread died in the middle of a decision', () => {
    const { memory, take } = small()
    const lockWords = new Int32Array(memory.buffer, 0, 1)
    Atomics.store(lockWords, 0, 7)
    releaseCounters(memory, 7)
    expect(take('ann')!.admitted).toBe(true)
  })
})
