import { closingQueue } from './closing-queue.ts'
import type { Connection } from './connection.ts'
import { overlapMeter } from './reconnect-overlap.ts'
import { createTally } from './tally.ts'

/** The most connections open at once in a period `[fromMs, toMs)`, and what they were. */
export interface Peak {
  readonly fromMs: number
  readonly toMs: number
  readonly peak: number
  /** The first instant at which so many were open; undefined when none was. */
  readonly atMs: number | undefined
  /** The peak's connections by app and by platform, as they were at that instant. */
  readonly byApp: ReadonlyMap<string, number>
  readonly byPlatform: ReadonlyMap<string, number>
  /** How many of them were old sockets about to go: see `overlapMeter`. */
  readonly reconnectOverlap: number
}

export interface PeakMeter {
  /** Connections come in the order of their opening, each once. A RangeError says when they do not. */
  add(connection: Connection): void
  /** The peak of each period. Connections without an end stay open to the last boundary; nothing is added after. */
  finish(): Peak[]
}

/**
 * The exact peak of each period between neighbouring `boundariesMs` (ascending), over all nodes and apps that are fed
 * in. Intervals are half-open: one that closes at the instant at which another opens is not open with it. What is
 * open at a boundary counts in both periods, so the peak of a month is the highest of its days'. Memory is that of
 * the connections open at once, however many there are in all.
 */
export function createPeakMeter(boundariesMs: readonly number[]): PeakMeter {
  const [startMs = 0] = boundariesMs
  const open = openConnections()
  const peaks: Peak[] = []
  let period: Period | undefined
  let lastOpenMs = -Infinity

  function advance(toMs: number): void {
    for (;;) {
      const boundaryMs = boundariesMs[peaks.length + (period === undefined ? 0 : 1)]
      if (boundaryMs === undefined || boundaryMs > toMs) break
      closeUpTo(boundaryMs)
      if (period !== undefined) peaks.push(peakOf(period, open))
      const nextMs = boundariesMs[peaks.length + 1]
      period = nextMs === undefined ? undefined : startPeriod(boundaryMs, nextMs, open)
      if (period === undefined) return
    }
    closeUpTo(toMs)
  }

  function closeUpTo(toMs: number): void {
    for (let next = open.nextClosing(toMs); next !== undefined; next = open.nextClosing(toMs)) {
      // Only now is it sure that nothing else opened at the peak's instant.
      if (period !== undefined) keepPeak(period, open)
      open.close(next)
    }
  }

  return {
    add(connection) {
      if (connection.openMs < lastOpenMs) {
        throw new RangeError(`connection ${connection.id} opened before the one fed in ahead of it`)
      }
      lastOpenMs = connection.openMs
      const fromMs = Math.max(connection.openMs, startMs)
      if ((connection.closeMs ?? Infinity) <= fromMs) return
      advance(fromMs)
      open.open(connection)
      if (period === undefined || open.count() <= period.peak) return
      period.peak = open.count()
      period.atMs = fromMs
      period.kept = false
    },
    finish() {
      advance(boundariesMs.at(-1) ?? startMs)
      return peaks
    },
  }
}

/** The highest peak of periods that follow each other, as one period's; of several the first. */
export function highestPeak(peaks: readonly Peak[]): Peak | undefined {
  const [first] = peaks
  if (first === undefined) return undefined
  const highest = peaks.reduce((held, peak) => (peak.peak > held.peak ? peak : held))
  return { ...highest, fromMs: first.fromMs, toMs: peaks.at(-1)?.toMs ?? first.toMs }
}

interface Period {
  readonly fromMs: number
  readonly toMs: number
  peak: number
  atMs: number | undefined
  /** What was open at the peak is kept; not yet while nothing has closed since. */
  kept: boolean
}

type OpenConnections = ReturnType<typeof openConnections>

function startPeriod(fromMs: number, toMs: number, open: OpenConnections): Period {
  const peak = open.count()
  return { fromMs, toMs, peak, atMs: peak === 0 ? undefined : fromMs, kept: false }
}

function keepPeak(period: Period, open: OpenConnections): void {
  if (!period.kept) open.keep()
  period.kept = true
}

function peakOf(period: Period, open: OpenConnections): Peak {
  keepPeak(period, open)
  const { fromMs, toMs, peak, atMs } = period
  return { fromMs, toMs, peak, atMs, ...open.kept() }
}

/** What is open at one instant, counted every way that a peak is told in. */
function openConnections() {
  const closing = closingQueue<Connection>()
  const overlap = overlapMeter()
  const byApp = createTally()
  const byPlatform = createTally()
  let count = 0
  let keptOverlap = 0

  function step({ app, platform }: Connection, by: 1 | -1): void {
    count += by
    byApp.step(app, by)
    byPlatform.step(platform, by)
  }

  return {
    count: () => count,
    keep() {
      byApp.keep()
      byPlatform.keep()
      keptOverlap = overlap.count()
    },
    kept: () => ({ byApp: byApp.kept(), byPlatform: byPlatform.kept(), reconnectOverlap: keptOverlap }),
    open(connection: Connection) {
      step(connection, 1)
      overlap.open(connection)
      if (connection.closeMs !== undefined) closing.push(connection, connection.closeMs)
    },
    close(connection: Connection) {
      step(connection, -1)
      overlap.close(connection)
    },
    /** Takes out the connection that closes first, if it does so at or before an instant. */
    nextClosing: (upToMs: number) => closing.takeUpTo(upToMs),
  }
}
