import { type Lane, createLane } from './lane.ts'
import type { Metadata } from './metadata.ts'
import type { Quota } from './quota.ts'
import { LONGEST_TIMER_MS } from './wait.ts'
import { WeirError } from './weir-error.ts'

export interface PaceOptions {
  /** Wait for the reset, which is usual, or reject at once with a `rate-limited` error marked `local`. */
  readonly whenExhausted?: 'wait' | 'refuse' | undefined
}

/** Holds calls back until the limits that earlier answers told let them pass. */
export interface Pacer {
  /**
   * Resolves when a call to the endpoint may be sent, in the order they came. Rejects with the signal's reason,
   * or with a local `rate-limited` WeirError if the pacer is to refuse.
   */
  admit(endpoint: string, signal: AbortSignal | undefined): Promise<PacedCall>
}

/** A call that may be sent. Exactly one of these has to be called in the end. */
export interface PacedCall {
  answered(metadata: Metadata): void
  failed(): void
}

/** Whoever writes ids into paths makes an endpoint of each; those that rest are forgotten beyond this many. */
const LANES_KEPT = 1000

interface WaitingCall {
  admitted(call: PacedCall): void
  refused(reason: unknown): void
}

interface QueuedLane {
  readonly endpoint: string
  readonly lane: Lane
  readonly queue: Set<WaitingCall>
  timer: ReturnType<typeof setTimeout> | undefined
}

export function createPacer({ whenExhausted = 'wait' }: PaceOptions): Pacer {
  const lanes = new Map<string, QueuedLane>()

  function laneOf(endpoint: string): QueuedLane {
    let found = lanes.get(endpoint)
    if (!found) {
      if (lanes.size >= LANES_KEPT) forgetIdle(lanes)
      found = { endpoint, lane: createLane(), queue: new Set(), timer: undefined }
      lanes.set(endpoint, found)
    }
    return found
  }

  /** Lets everything pass that may, and comes back when more may. */
  function pump(queued: QueuedLane): void {
    clearTimeout(queued.timer)
    for (const waiting of queued.queue) {
      const nowMs = performance.now()
      const opensAtMs = queued.lane.opensAtMs(nowMs)
      if (opensAtMs <= nowMs) {
        queued.queue.delete(waiting)
        waiting.admitted(send(queued))
        continue
      }
      const exhausted = whenExhausted === 'refuse' ? queued.lane.exhausted() : []
      if (exhausted.length === 0) {
        // A timer may fire a moment early; then it is set again.
        const waitMs = Math.min(Math.ceil(opensAtMs - nowMs), LONGEST_TIMER_MS)
        if (opensAtMs < Infinity) queued.timer = setTimeout(pump, waitMs, queued)
        return
      }
      queued.queue.delete(waiting)
      waiting.refused(localRefusal(queued.endpoint, exhausted, nowMs))
    }
  }

  function send(queued: QueuedLane): PacedCall {
    const call = queued.lane.sent(performance.now())
    return {
      answered({ policies }) {
        call.answered(policies, performance.now())
        pump(queued)
      },
      failed() {
        call.failed(performance.now())
        pump(queued)
      },
    }
  }

  return {
    admit: (endpoint, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason as Error)
          return
        }
        const queued = laneOf(endpoint)
        const waiting: WaitingCall = { admitted: settle(resolve), refused: settle(reject) }
        function settle<Value>(then: (value: Value) => void): (value: Value) => void {
          return value => {
            signal?.removeEventListener('abort', abort)
            then(value)
          }
        }
        function abort(): void {
          queued.queue.delete(waiting)
          reject(signal!.reason as Error)
          // Nobody may be left to wait for the timer that is set.
          pump(queued)
        }
        signal?.addEventListener('abort', abort, { once: true })
        queued.queue.add(waiting)
        pump(queued)
      }),
  }
}

function forgetIdle(lanes: Map<string, QueuedLane>): void {
  for (const [endpoint, { lane, queue }] of lanes) {
    if (queue.size === 0 && lane.isIdle(performance.now())) lanes.delete(endpoint)
  }
}

/** In the shape of Weir's own 429, so that one handler does for both. */
function localRefusal(endpoint: string, exhausted: readonly Quota[], nowMs: number): WeirError {
  const last = exhausted.reduce((a, b) => (b.untilMs > a.untilMs ? b : a))
  const retryAfterMs = Math.ceil(last.untilMs - nowMs)
  const reset = new Date(Date.now() + retryAfterMs)
  return new WeirError({
    code: 'rate-limited',
    title: 'A rate limit is used up',
    detail: `The limit "${last.name}" of ${endpoint} is used up until ${reset.toISOString()}; nothing was sent.`,
    fix: 'Wait until `metadata.rateLimit.rateLimitReset` and try again.',
    scope: last.name,
    violatedPolicies: exhausted.map(({ name }) => name),
    endpoint,
    local: true,
    metadata: {
      responseCode: 429,
      rateLimit: { rateLimit: last.limit, rateLimitRemaining: 0, rateLimitReset: reset },
      policies: exhausted.map(quota => ({
        name: quota.name,
        remaining: 0,
        resetSeconds: Math.ceil((quota.untilMs - nowMs) / 1000),
        limit: quota.limit,
        windowSeconds: quota.windowMs / 1000,
      })),
      requestId: undefined,
      retryAfterMs,
      tries: 0,
    },
  })
}
