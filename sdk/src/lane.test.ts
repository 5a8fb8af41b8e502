import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Lane, createLane } from './lane.ts'
import type { PolicyState } from './rate-limit-fields.ts'

interface Limit {
  readonly name: string
  readonly limit: number
  readonly windowMs: number
  readonly sliding: boolean
}

/** Counts as Weir does: all or nothing, in aligned windows or over the last ones. Time comes in. */
function createServer(limits: readonly Limit[]) {
  const admitted: number[] = []
  const countedIn = ({ windowMs, sliding }: Limit, nowMs: number) => {
    const from = sliding ? nowMs - windowMs : Math.floor(nowMs / windowMs) * windowMs - 1
    return admitted.filter(atMs => atMs > from)
  }
  function resetMs(limit: Limit, nowMs: number): number {
    if (!limit.sliding) return (Math.floor(nowMs / limit.windowMs) + 1) * limit.windowMs
    return (countedIn(limit, nowMs)[0] ?? nowMs) + limit.windowMs
  }
  return {
    decide(nowMs: number): { admitted: boolean; policies: PolicyState[] } {
      const passes = limits.every(limit => countedIn(limit, nowMs).length < limit.limit)
      if (passes) admitted.push(nowMs)
      const policies = limits.map(limit => ({
        name: limit.name,
        limit: limit.limit,
        windowSeconds: limit.windowMs / 1000,
        remaining: limit.limit - countedIn(limit, nowMs).length,
        resetSeconds: Math.ceil((resetMs(limit, nowMs) - nowMs) / 1000),
      }))
      return { admitted: passes, policies }
    },
  }
}

interface Call {
  readonly arrivesMs: number
  readonly toServerMs: number
  readonly toClientMs: number
  /** The answer is lost on its way. */
  readonly lost: boolean
}

interface Outcome {
  readonly rejected: number
  readonly admitted: number
  readonly endedMs: number
}

/** Plays all calls, each sent as soon as the lane lets it; every millisecond is looked at once. */
function play(
  lane: Lane,
  limits: readonly Limit[],
  calls: readonly Call[],
  startMs: number,
  rivalsAtMs: readonly number[] = [],
): Outcome {
  const server = createServer(limits)
  const events = new Map<number, (() => void)[]>()
  const at = (ms: number, event: () => void) => events.set(ms, [...(events.get(ms) ?? []), event])
  const waiting: Call[] = []
  let running = calls.length
  let rejected = 0
  let admitted = 0
  let nowMs = startMs

  function send(call: Call): void {
    const sent = lane.sent(nowMs)
    at(nowMs + call.toServerMs, () => {
      const decision = server.decide(nowMs)
      if (decision.admitted) admitted += 1
      else rejected += 1
      at(nowMs + call.toClientMs, () => {
        running -= 1
        if (call.lost) sent.failed(nowMs)
        else sent.answered(decision.policies, nowMs)
      })
    })
  }

  for (const atMs of rivalsAtMs) at(startMs + atMs, () => server.decide(nowMs))
  for (const call of calls) at(startMs + call.arrivesMs, () => waiting.push(call))
  for (; running > 0 && nowMs < startMs + 600_000; nowMs++) {
    // What happens now may make something else happen now.
    for (let due = events.get(nowMs); due; due = events.get(nowMs)) {
      events.delete(nowMs)
      for (const event of due) event()
    }
    while (waiting.length > 0 && lane.opensAtMs(nowMs) <= nowMs) send(waiting.shift()!)
  }
  expect(running).toBe(0)
  return { rejected, admitted, endedMs: nowMs - startMs }
}

const someCalls = (lost: fc.Arbitrary<boolean>) =>
  fc.array(
    fc.record({
      arrivesMs: fc.oneof(fc.constant(0), fc.nat(4000)),
      toServerMs: fc.integer({ min: 1, max: 300 }),
      toClientMs: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 3000 })),
      lost,
    }),
    { minLength: 1, maxLength: 60 },
  )

const someLimits = fc
  .tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 40 }), fc.boolean())
  .map(([burst, perWindow, sliding]): Limit[] => [
    { name: 'app', limit: perWindow, windowMs: 10_000, sliding },
    { name: 'burst', limit: burst, windowMs: 1000, sliding: false },
  ])

it('a client that has the limits to itself is never rejected, however slow and disordered its answers', () => {
  fc.assert(
    fc.property(someLimits, someCalls(fc.constant(false)), fc.nat(20_000), (limits, calls, startMs) => {
      const { rejected, admitted } = play(createLane(), limits, calls, startMs)
      expect([rejected, admitted]).toEqual([0, calls.length])
    }),
    { numRuns: 300 },
  )
})

it('an answer that is lost costs at most one rejection', () => {
  const sometimes = fc.integer({ min: 0, max: 4 }).map(n => n === 0)
  fc.assert(
    fc.property(someLimits, someCalls(sometimes), fc.nat(20_000), (limits, calls, startMs) => {
      const { rejected } = play(createLane(), limits, calls, startMs)
      expect(rejected).toBeLessThanOrEqual(calls.filter(({ lost }) => lost).length)
    }),
    { numRuns: 300 },
  )
})

it('beside others who use the limit too, every call is sent in the end', () => {
  const rivals = fc.array(fc.nat(30_000), { maxLength: 200 })
  const calls = someCalls(fc.integer({ min: 0, max: 9 }).map(n => n === 0))
  fc.assert(
    fc.property(someLimits, calls, rivals, (limits, some, rivalsAtMs) => {
      const { admitted, rejected } = play(createLane(), limits, some, 0, rivalsAtMs)
      expect(admitted + rejected).toBe(some.length)
    }),
    { numRuns: 100 },
  )
})

it('what the limits allow is used: twenty windows of quick calls take little more than twenty windows', () => {
  const limits: Limit[] = [{ name: 'burst', limit: 5, windowMs: 1000, sliding: false }]
  const calls = Array.from({ length: 100 }, (_, i) => ({
    arrivesMs: 0,
    toServerMs: 3 + (i % 5),
    toClientMs: 5 + (i % 7),
    lost: false,
  }))
  expect(play(createLane(), limits, calls, 12_345).endedMs).toBeLessThan(22_000)
})

it('an endpoint that tells no limits is not held back after its first answer', () => {
  const lane = createLane()
  expect(lane.opensAtMs(0)).toBe(0)
  const first = lane.sent(0)
  expect(lane.opensAtMs(1)).toBe(Infinity)
  first.answered([], 2)
  for (let i = 0; i < 100; i++) {
    expect(lane.opensAtMs(2)).toBe(2)
    lane.sent(2)
  }
})
