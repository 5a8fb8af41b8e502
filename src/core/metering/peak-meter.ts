import { closingQueue } from './closing-queue.ts'
import type { Connection } from './connection.ts'
import { overlapMeter } from './reconnect-overlap.ts'
import { type Peak, type RunningPeak, createRunningPeak } from './running-peak.ts'

export interface PeakMeter {
  /** Connections come in the order of their opening, each once. A RangeError says when they do not. */
  add(connection: Connection): void
  /** Connections without an end stay open to the last boundary; nothing is added after. */
  finish(): MeteredPeaks
}

export interface MeteredPeaks {
  /** Over all apps, of each period between neighbouring boundaries. */
  readonly periods: readonly Peak[]
  /** Each app's own, from the first boundary to the last; an app that had none open is not among them. */
  readonly apps: ReadonlyMap<string, Peak>
}

/**
 * The exact peak of each period between neighbouring `boundariesMs` (ascending), over all nodes and apps that are fed
 * in, and of each app by itself over all of them. Intervals are half-open: one that closes at the instant at which
 * another opens is not open with it. What is open at a boundary counts in both periods, so the peak of a month is the
 * highest of its days'. Memory is that of the connections open at once, however many there are in all.
 */
export function createPeakMeter(boundariesMs: readonly number[]): PeakMeter {
  const startMs = boundariesMs[0] ?? 0
  const endMs = boundariesMs.at(-1) ?? startMs
  const closing = closingQueue<Connection>()
  const overlap = overlapMeter()
  const whole = createRunningPeak()
  const apps = new Map<string, RunningPeak>()
  const periods: Peak[] = []
  let begun = 0
  let lastOpenMs = -Infinity

  function advance(toMs: number): void {
    for (;;) {
      const boundaryMs = boundariesMs[begun]
      if (boundaryMs === undefined || boundaryMs > toMs) break
      closeUpTo(boundaryMs)
      if (begun > 0) periods.push(whole.peak())
      begun += 1
      const nextMs = boundariesMs[begun]
      if (nextMs !== undefined) whole.begin(boundaryMs, nextMs)
    }
    closeUpTo(toMs)
  }

  function closeUpTo(toMs: number): void {
    for (let next = closing.takeUpTo(toMs); next !== undefined; next = closing.takeUpTo(toMs)) {
      const change = overlap.close(next)
      whole.close(next, change)
      apps.get(next.app)?.close(next, change)
    }
  }

  function ofApp(app: string): RunningPeak {
    const known = apps.get(app)
    if (known !== undefined) return known
    const made = createRunningPeak(app)
    made.begin(startMs, endMs)
    apps.set(app, made)
    return made
  }

  return {
    add(connection) {
      const { id, app, openMs, closeMs = Infinity } = connection
      if (openMs < lastOpenMs) {
        throw new RangeError(`connection ${id} opened before the one fed in ahead of it`)
      }
      lastOpenMs = openMs
      const fromMs = Math.max(openMs, startMs)
      if (closeMs <= fromMs || fromMs >= endMs) return
      advance(fromMs)
      const change = overlap.open(connection)
      whole.open(connection, change, fromMs)
      ofApp(app).open(connection, change, fromMs)
      if (closeMs !== Infinity) closing.push(connection, closeMs)
    },
    finish() {
      advance(endMs)
      return { periods, apps: new Map([...apps].map(([app, running]) => [app, running.peak()])) }
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
