import type { Kysely } from 'kysely'
import type { BaseLogger } from 'pino'
import { type HeldDelivery, countWaiting, holdDelivery } from '../../store/deliveries.ts'
import type { Schema } from '../../store/schema.ts'
import type { Attempt } from './attempt.ts'
import type { DeliveryMetrics } from './delivery-metrics.ts'
import type { Settle } from './settle.ts'

/** Sends what waits: each delivery by one node at a time, and again after a pause until it has arrived. */
export interface Deliverer {
  /** Attempts all that is due; resolves when nothing is left to this node. */
  deliverDue(): Promise<void>
  /** Begins nothing more. What is under way has a moment to end; after it, it is broken off and due at once. */
  stop(): Promise<void>
}

export interface DelivererOptions {
  readonly db: Kysely<Schema>
  /** One attempt. Rejects when the signal ends it, or when Weir itself fails. */
  readonly attempt: (delivery: HeldDelivery, signal: AbortSignal) => Promise<Attempt>
  readonly settle: Settle
  /** What is due goes by this clock, which tests may set. */
  readonly clock: () => number
  /** Whether a node is alive goes by this one. */
  readonly realClock: () => number
  readonly metrics: DeliveryMetrics
  readonly log: Pick<BaseLogger, 'error'>
  /** Longer than any attempt takes: a node that is silent for so long is taken for dead. */
  readonly holdMs?: number
  /** How long `stop` waits for what is under way. */
  readonly graceMs?: number
}

const HOLD_MS = 60_000
const GRACE_MS = 3000
const POLL_MS = 1000
const MOST_AT_ONCE = 32
/** One receiver that hangs must leave room for the others. */
const MOST_AT_ONCE_A_LANE = 4

/** Looks for what is due every second until it is stopped. */
export function startDeliverer(options: DelivererOptions): Deliverer {
  const { log, metrics, db } = options
  const underWay = new Map<Promise<void>, string>()
  const ending = new AbortController()
  let filling: Promise<void> | undefined
  const stopping = new AbortController()

  async function fillUp() {
    while (!stopping.signal.aborted && underWay.size < MOST_AT_ONCE) {
      const delivery = await holdNext(options, busyLanes(underWay.values()))
      if (delivery === undefined) return
      const work = attemptOne(options, delivery, ending.signal).finally(() => {
        underWay.delete(work)
        void fill()
      })
      underWay.set(work, delivery.lane)
    }
  }
  const fill = async (): Promise<void> =>
    (filling ??= fillUp()
      .catch((error: unknown) => log.error({ err: error }, 'what is to be delivered could not be found out'))
      .finally(() => (filling = undefined)))

  async function poll() {
    await fill()
    try {
      metrics.waiting(await countWaiting(db))
    } catch (error) {
      log.error({ err: error }, 'what waits to be delivered could not be counted')
    }
  }
  const timer = setInterval(() => void poll(), POLL_MS)
  return {
    async deliverDue() {
      await fill()
      while (underWay.size > 0) {
        await Promise.race(underWay.keys())
        await fill()
      }
    },
    async stop() {
      stopping.abort()
      clearInterval(timer)
      await filling
      const grace = setTimeout(() => ending.abort(new Error('Weir ends')), options.graceMs ?? GRACE_MS)
      await Promise.all(underWay.keys())
      clearTimeout(grace)
    },
  }
}

function busyLanes(lanes: Iterable<string>): string[] {
  const counts = new Map<string, number>()
  for (const lane of lanes) counts.set(lane, (counts.get(lane) ?? 0) + 1)
  return [...counts].filter(([, count]) => count >= MOST_AT_ONCE_A_LANE).map(([lane]) => lane)
}

function holdNext({ db, clock, realClock, holdMs = HOLD_MS }: DelivererOptions, busy: readonly string[]) {
  const realNowMs = realClock()
  return holdDelivery(db, busy, { nowMs: clock(), realNowMs, heldUntilMs: realNowMs + holdMs })
}

/** Never rejects: what could not be written down is attempted again when the hold has run out. */
async function attemptOne(
  options: DelivererOptions,
  delivery: HeldDelivery,
  signal: AbortSignal,
): Promise<void> {
  const { attempt, settle, log } = options
  const startedMs = performance.now()
  const took = () => Math.round(performance.now() - startedMs)
  try {
    const came = await attempt(delivery, signal).catch((error: unknown) => {
      if (signal.aborted) return undefined
      log.error({ err: error, delivery: delivery.id }, 'an attempt to deliver failed in Weir itself')
      return { verdict: 'failed', error: 'Weir itself failed; its log says why.' } as const
    })
    await settle(delivery, came, took())
  } catch (error) {
    log.error({ err: error, delivery: delivery.id }, 'what came of a delivery could not be written down')
  }
}
