import type { Connection } from './connection.ts'
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

/** What is open of some connections, of all apps or of one, and the most there were in the period that runs. */
export interface RunningPeak {
  /** `overlap`: by how much opening it changed the reconnect overlap. */
  open(connection: Connection, overlap: number, atMs: number): void
  close(connection: Connection, overlap: number): void
  /** Begins a period with what is open. */
  begin(fromMs: number, toMs: number): void
  /** The peak of the period that was begun last. */
  peak(): Peak
}

/** `app`: all connections are of that one, so they need not be told apart by it. */
export function createRunningPeak(app?: string): RunningPeak {
  const byApp = app === undefined ? createTally() : undefined
  const byPlatform = createTally()
  let period = { fromMs: 0, toMs: 0 }
  let count = 0
  let overlapping = 0
  let peak = 0
  let peakMs: number | undefined
  /** What was open at the peak is kept; not yet while nothing has closed since. */
  let kept = false
  let keptOverlapping = 0

  function step(connection: Connection, by: 1 | -1, overlap: number): void {
    count += by
    overlapping += overlap
    byApp?.step(connection.app, by)
    byPlatform.step(connection.platform, by)
  }

  function keep(): void {
    if (kept) return
    byApp?.keep()
    byPlatform.keep()
    keptOverlapping = overlapping
    kept = true
  }

  return {
    open(connection, overlap, atMs) {
      step(connection, 1, overlap)
      if (count <= peak) return
      peak = count
      peakMs = atMs
      kept = false
    },
    close(connection, overlap) {
      // Only now is it sure that nothing else opened at the peak's instant.
      keep()
      step(connection, -1, overlap)
    },
    begin(fromMs, toMs) {
      period = { fromMs, toMs }
      peak = count
      peakMs = count === 0 ? undefined : fromMs
      kept = false
    },
    peak() {
      keep()
      return {
        ...period,
        peak,
        atMs: peakMs,
        byApp: byApp?.kept() ?? new Map(app === undefined || peak === 0 ? [] : [[app, peak]]),
        byPlatform: byPlatform.kept(),
        reconnectOverlap: keptOverlapping,
      }
    },
  }
}
