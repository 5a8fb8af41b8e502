import { parentPort, workerData } from 'node:worker_threads'
import type { ApplicableLimits } from '../../src/core/limits/applicable-limits.ts'
import { type CounterMemory, openCounters } from '../../src/data-plane/counters/shared-memory.ts'

/** What a counting thread is given. `clock` and `limits` are shared: the test changes them as it goes. */
export interface Counting {
  readonly owner: number
  readonly memory: CounterMemory
  readonly clock: SharedArrayBuffer
  /** App, user and burst; 0: none. */
  readonly limits: SharedArrayBuffer
  readonly requests: number
  readonly user: string | undefined
  readonly window: 'aligned' | 'sliding'
}

/** Takes as fast as it can and answers with the admitted ones, by the second they were decided in. */
const { owner, memory, clock, limits, requests, user, window } = workerData as Counting
const seconds = new Int32Array(clock)
const numbers = new Int32Array(limits)
const counters = openCounters(memory, { owner, clock: () => Atomics.load(seconds, 0) * 1000 })
const scope = counters.scope({ appId: 'app_1', endpoint: 'GetApp', platform: 'web' }, window)
const admitted: Record<number, number> = {}

parentPort!.postMessage('ready')
parentPort!.once('message', () => {
  for (let i = 0; i < requests; i++) {
    const decision = counters.take(scope, limitsNow(), user)
    if (!decision?.admitted) continue
    const second = decision.nowMs / 1000
    admitted[second] = (admitted[second] ?? 0) + 1
  }
  parentPort!.postMessage(admitted)
})

function limitsNow(): ApplicableLimits {
  const at = (i: number) => Atomics.load(numbers, i) || undefined
  return { app: at(0)!, user: at(1), burst: at(2) }
}
