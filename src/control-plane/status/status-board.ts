import type { BaseLogger } from 'pino'
import type { StatusMoment } from './read-status.ts'
import type { StatusFacts } from './status-facts.ts'

/** What is shown now. */
export interface Shown<Facts> {
  readonly facts: Facts
  /** When they were read. */
  readonly asOfMs: number
  /** The store could not be read since: this is what was known then. */
  readonly isStale: boolean
}

/**
 * Keeps what the status page shows, so that it is there when the store is not: however many ask, the store is read every
 * 15 seconds at most, and once a minute when nobody asks.
 */
export interface Board<Facts> {
  /** Undefined while nothing was read yet, and nothing can be. Never rejects. */
  current(): Promise<Shown<Facts> | undefined>
  /** Waits a moment for a read that is under way; none begins after. */
  stop(): Promise<void>
}

export type ShownStatus = Shown<StatusFacts>
export type StatusBoard = Board<StatusFacts>

export interface BoardOptions<Facts> {
  readonly read: (moment: StatusMoment) => Promise<Facts>
  readonly clock: () => number
  /** Of the machine, in milliseconds: how fresh something is goes by it, however fast a test's clock runs. */
  readonly realClock: () => number
  readonly log: Pick<BaseLogger, 'warn'>
  /** How long whoever asks waits for a store that takes its time. */
  readonly patienceMs?: number
}

const FRESH_MS = 15_000
/** What was read then is still shown without a word. */
const STALE_AFTER_MS = 60_000
const UNASKED_EVERY_MS = 60_000
/** After a read that failed. */
const AGAIN_AFTER_MS = 5000
const PATIENCE_MS = 1500
const FIRST_PATIENCE_MS = 10_000
/** A read that takes longer is taken for lost, and another one may begin. */
const LOST_AFTER_MS = 30_000
/** Beats that waited for the store are in it by then. */
const STEADY_AFTER_MS = 60_000

export function startBoard<Facts>(options: BoardOptions<Facts>): Board<Facts> {
  const { read, clock, realClock, log, patienceMs = PATIENCE_MS } = options
  let last: { readonly facts: Facts; readonly asOfMs: number; readonly atMs: number } | undefined
  let failedMs = -Infinity
  let steadySinceMs = realClock()
  let isStopped = false
  let underWay: { readonly sinceMs: number; readonly done: Promise<void> } | undefined

  async function readOnce(sinceMs: number): Promise<void> {
    try {
      const nowMs = clock()
      const facts = await read({ nowMs, isSteady: sinceMs - steadySinceMs >= STEADY_AFTER_MS })
      last = { facts, asOfMs: nowMs, atMs: sinceMs }
      failedMs = -Infinity
    } catch (error) {
      const { message } = error as Error
      if (failedMs === -Infinity) log.warn({ error: message }, 'the status page shows what it knew before')
      failedMs = realClock()
      steadySinceMs = failedMs
    } finally {
      if (underWay?.sinceMs === sinceMs) underWay = undefined
    }
  }

  function refresh(): Promise<void> | undefined {
    const nowMs = realClock()
    if (last !== undefined && nowMs - last.atMs < FRESH_MS) return undefined
    if (underWay !== undefined && nowMs - underWay.sinceMs < LOST_AFTER_MS) return underWay.done
    if (isStopped || nowMs - failedMs < AGAIN_AFTER_MS) return undefined
    underWay = { sinceMs: nowMs, done: readOnce(nowMs) }
    return underWay.done
  }

  const timer = setInterval(() => void refresh(), UNASKED_EVERY_MS)
  timer.unref()
  return {
    async current() {
      const reading = refresh()
      // Only the first who ask wait for a store that takes its time, unless there is nothing else to show.
      const leftMs =
        (last === undefined ? Math.max(FIRST_PATIENCE_MS, patienceMs) : patienceMs) -
        (realClock() - (underWay?.sinceMs ?? 0))
      if (reading !== undefined && leftMs > 0) await within(reading, leftMs)
      if (last === undefined) return undefined
      const isStale = failedMs !== -Infinity || realClock() - last.atMs > STALE_AFTER_MS
      return { facts: last.facts, asOfMs: last.asOfMs, isStale }
    },
    async stop() {
      isStopped = true
      clearInterval(timer)
      if (underWay !== undefined) await within(underWay.done, patienceMs)
    },
  }
}

/** Resolves with what is awaited, or when time is up. */
async function within(awaited: Promise<void>, ms: number): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, ms)
  await Promise.race([awaited, late.promise])
  clearTimeout(timer)
}
