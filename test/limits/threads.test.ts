import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { createCounterMemory } from '../../src/data-plane/counters/shared-memory.ts'
import {
  createPeerMemory,
  releasePeerCounts,
  openPeerCounts,
} from '../../src/data-plane/gateway/peer-counts.ts'
import type { Counting } from './counting-worker.ts'
import type { Entering } from './entering-worker.ts'

const MINUTE = 29_921_040
const FIRST_SECOND = MINUTE * 60

/** Real threads over one memory and one clock that stands still unless the test moves it. */
async function race(options: {
  threads?: number
  limits: { app: number; user?: number; burst?: number }
  user?: string
  window?: 'aligned' | 'sliding'
  requests?: number
  meanwhile?: (set: { second: (second: number) => void; app: (limit: number) => void }) => Promise<void>
}): Promise<Record<number, number>> {
  const clock = new SharedArrayBuffer(4)
  const limits = new SharedArrayBuffer(12)
  const seconds = new Int32Array(clock)
  const numbers = new Int32Array(limits)
  seconds[0] = FIRST_SECOND + 10
  numbers.set([options.limits.app, options.limits.user ?? 0, options.limits.burst ?? 0])
  const memory = createCounterMemory({ slots: 1024, hashKey: { k0: 1, k1: 2 } })
  const workers = Array.from({ length: options.threads ?? 4 }, (_, i) => {
    const workerData: Counting = {
      owner: i + 1,
      memory,
      clock,
      limits,
      requests: options.requests ?? 4000,
      user: options.user,
      window: options.window ?? 'aligned',
    }
    return new Worker(new URL('./counting-worker.ts', import.meta.url), { workerData })
  })
  await Promise.all(workers.map(worker => once(worker, 'message')))
  const results = workers.map(worker => once(worker, 'message') as Promise<[Record<number, number>]>)
  for (const worker of workers) worker.postMessage('go')
  await options.meanwhile?.({
    second: second => void Atomics.store(seconds, 0, second),
    app: limit => void Atomics.store(numbers, 0, limit),
  })
  const counts = (await Promise.all(results)).map(([count]) => count)
  const total: Record<number, number> = {}
  for (const count of counts) {
    for (const [second, admitted] of Object.entries(count)) {
      total[Number(second)] = (total[Number(second)] ?? 0) + admitted
    }
  }
  return total
}

const sum = (counts: Record<number, number>) => Object.values(counts).reduce((a, b) => a + b, 0)
const turn = () => new Promise(resolve => setImmediate(resolve))

describe.each(['aligned', 'sliding'] as const)('four threads at once, %s windows', window => {
  it('pass exactly the app’s limit', async () => {
    expect(sum(await race({ window, limits: { app: 1000 } }))).toBe(1000)
  })

  it('pass exactly the user’s limit', async () => {
    expect(sum(await race({ window, limits: { app: 1000, user: 60 }, user: 'ann' }))).toBe(60)
  })

  it('pass exactly the burst in its second', async () => {
    expect(sum(await race({ window, limits: { app: 1000, burst: 34 } }))).toBe(34)
  })

  it('pass exactly the limit in each minute across the turn of a window', async () => {
    const counts = await race({
      window: 'aligned',
      limits: { app: 500 },
      requests: 60_000,
      async meanwhile({ second }) {
        for (let i = 0; i < 20; i++) await turn()
        second(FIRST_SECOND + 60)
      },
    })
    const first = counts[FIRST_SECOND + 10] ?? 0
    const next = counts[FIRST_SECOND + 60] ?? 0
    expect(first).toBeLessThanOrEqual(500)
    expect(next).toBeLessThanOrEqual(500)
    // Whoever began before the turn had used the first window up, unless the threads began after it.
    expect([first, next]).toContain(500)
  })

  it('never pass more than the greatest limit while it is being changed, and at least the last', async () => {
    const counts = await race({
      window,
      limits: { app: 100 },
      requests: 40_000,
      async meanwhile({ app }) {
        for (const limit of [300, 50, 700, 650]) {
          app(limit)
          await turn()
        }
      },
    })
    expect(sum(counts)).toBeGreaterThanOrEqual(650)
    expect(sum(counts)).toBeLessThanOrEqual(700)
  })
})

describe('connections over four threads', () => {
  const hashKey = { k0: 1, k1: 2 }

  it.each([
    ['of one peer', { maxConnectionsPerPeer: 500, maxConnections: 100_000 }],
    ['of all', { maxConnectionsPerPeer: 100_000, maxConnections: 500 }],
  ])('%s fill their bound exactly', async (_, limits) => {
    const memory = createPeerMemory(4, hashKey)
    const workers = Array.from({ length: 4 }, (__, i) => {
      const workerData: Entering = { owner: i + 1, memory, limits, connections: 400 }
      return new Worker(new URL('./entering-worker.ts', import.meta.url), { workerData })
    })
    await Promise.all(workers.map(worker => once(worker, 'message')))
    const results = workers.map(worker => once(worker, 'message') as Promise<[number]>)
    for (const worker of workers) worker.postMessage('go')
    expect((await Promise.all(results)).reduce((total, [entered]) => total + entered, 0)).toBe(500)
  })

  it('go on after a thread died while one entered', () => {
    const memory = createPeerMemory(2, hashKey)
    Atomics.store(new Int32Array(memory.bytes, 0, 1), 0, 2)
    releasePeerCounts(memory, 2)
    const peers = openPeerCounts(memory, 1, { maxConnectionsPerPeer: 1, maxConnections: 1 })
    expect(peers.enter('192.0.2.1')).toBe('entered')
  })
})
