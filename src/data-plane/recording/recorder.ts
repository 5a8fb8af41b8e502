import { utcMonth } from '../../core/time/utc-month.ts'
import type { Batch } from '../../store/batch.ts'
import type { Outcome } from '../../store/outcome.ts'
import { userKey } from '../../store/user-key.ts'
import { createSliceCounts } from './slice-counts.ts'

/** What one gateway thread has seen since it last reported. Plain data: it crosses threads as it is. */
export interface Report {
  readonly requests: Batch['requests']
  readonly appSlices: Batch['appSlices']
  readonly endpointSlices: Batch['endpointSlices']
  readonly users: Batch['users']
  readonly opened: Batch['opened']
  readonly closed: Batch['closed']
  /** Requests that belong to no known app. */
  readonly strangers: Readonly<Partial<Record<Outcome, number>>>
  /** Requests by time to their answer: counts for `durationBounds`, the last for all longer ones. */
  readonly durations: readonly number[]
  readonly durationSumSeconds: number
  /** Times that the counters had no room. */
  readonly countersFull: number
  /** Connections closed at once, by the bound they were beyond. */
  readonly connectionsRefused: Readonly<Record<'peer' | 'all', number>>
  /** Connections cut because the other side took nothing. */
  readonly stalled: number
}

/** Upper bounds in seconds. Fixed, because histograms with other bounds cannot be added up. */
export const durationBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export interface RequestFacts {
  readonly appId: string | undefined
  readonly endpoint: string | undefined
  readonly platform: string | undefined
  readonly outcome: Outcome
  /** The instant that decides the minute it counts in. */
  readonly arrivedMs: number
  readonly durationMs: number
}

export interface SliceFacts extends Omit<RequestFacts, 'outcome' | 'platform'> {
  /** `sliceSeconds` of the contract under which the request arrived. */
  readonly sliceSeconds: number
}

/** A WebSocket as the gateway knows it. */
export interface OpenedSocket {
  readonly id: string
  readonly appId: string
  readonly user: string | undefined
  readonly platform: string
  readonly endpoint: string
  readonly atMs: number
}

/** Remembers, in memory, what a thread's requests came to; `take` empties it. */
export interface Recorder {
  request(facts: RequestFacts): void
  /**
   * What a request means for its slice is known, or known better: its outcome was `before` so far (undefined: none
   * yet) and is `after` now. Does nothing once the slice is final.
   */
  slice(facts: SliceFacts, before: Outcome | undefined, after: Outcome): void
  /** A user of the app was active. Repeating it costs nothing. */
  user(appId: string, user: string, atMs: number): void
  /** Gives what notes, once, at which instant the socket closed. */
  opened(socket: OpenedSocket): (atMs: number) => void
  countersFull(): void
  connectionRefused(bound: 'peer' | 'all'): void
  stalled(): void
  /** Undefined when there is nothing to report. */
  take(): Report | undefined
}

/** Users reported lately are not reported again; this many are remembered, then all are forgotten at once. */
const REMEMBERED_USERS = 50_000

/** A slice is final this long after its end (design: Availability): what a request comes to later is usage alone. */
const SLICE_FINAL_AFTER_MS = 600_000

export interface RecorderOptions {
  /** What to add to this machine's clock to have the store's. */
  readonly storeOffsetMs: () => number
  /** Milliseconds of a clock that nobody sets. */
  readonly steadyMs?: () => number
  /** How many times as fast as that a test's clock runs. */
  readonly clockSpeed?: number
}

export function createRecorder(options: RecorderOptions): Recorder {
  const { storeOffsetMs, steadyMs = () => performance.now(), clockSpeed = 1 } = options
  const reportedUsers = new Set<string>()
  const appSlices = createSliceCounts()
  const endpointSlices = createSliceCounts()
  let report = emptyReport()

  return {
    request({ appId, endpoint, platform, outcome, arrivedMs, durationMs }) {
      report.durations[durationBucket(durationMs)]!++
      report.durationSumSeconds += durationMs / 1000
      report.seen = true
      if (appId === undefined) {
        report.strangers[outcome] = (report.strangers[outcome] ?? 0) + 1
        return
      }
      const storeMs = arrivedMs + storeOffsetMs()
      const minuteMs = storeMs - (storeMs % 60_000)
      const key = `${appId}\0${endpoint ?? ''}\0${platform ?? ''}\0${outcome}\0${minuteMs}`
      const row = report.requests.get(key)
      if (row) {
        row.count++
        row.latency[durationBucket(durationMs)]!++
      } else {
        const names = { appId, endpoint: endpoint ?? '', platform: platform ?? '', outcome, minuteMs }
        const latency = noDurations()
        latency[durationBucket(durationMs)]!++
        report.requests.set(key, { ...names, count: 1, latency })
      }
    },
    slice({ appId, endpoint, arrivedMs, durationMs, sliceSeconds: seconds }, before, after) {
      const valid = Number(isValid(after)) - Number(before !== undefined && isValid(before))
      const failed = Number(after === 'failed') - Number(before === 'failed')
      if (appId === undefined || (valid === 0 && failed === 0)) return
      const storeMs = arrivedMs + storeOffsetMs()
      const sliceMs = storeMs - (storeMs % (seconds * 1000))
      if (storeMs + durationMs >= sliceMs + seconds * 1000 + SLICE_FINAL_AFTER_MS) return
      appSlices.add(appId, sliceMs, seconds, valid, failed)
      endpointSlices.add(endpoint ?? '', sliceMs, seconds, valid, failed)
      report.seen = true
    },
    user(appId, user, seenMs) {
      const atMs = seenMs + storeOffsetMs()
      const key = `${appId}\0${utcMonth(atMs)}\0${user}`
      if (reportedUsers.has(key)) return
      if (reportedUsers.size >= REMEMBERED_USERS) reportedUsers.clear()
      reportedUsers.add(key)
      report.users.push({ appId, userKey: userKey(appId, user), atMs })
      report.seen = true
    },
    opened({ user, atMs, ...socket }) {
      const key = user === undefined ? undefined : userKey(socket.appId, user)
      const openedMs = atMs + storeOffsetMs()
      const sinceMs = steadyMs()
      report.opened.push({ ...socket, userKey: key, atMs: openedMs })
      report.seen = true
      return closedMs => {
        // Where the clock was put back meanwhile, it would end before its time, or before it began.
        const lastedMs = Math.floor(Math.floor(steadyMs() - sinceMs) * clockSpeed)
        report.closed.push({
          id: socket.id,
          atMs: Math.max(closedMs + storeOffsetMs(), openedMs + lastedMs),
        })
        report.seen = true
      }
    },
    countersFull() {
      report.countersFull++
      report.seen = true
    },
    connectionRefused(bound) {
      report.connectionsRefused[bound]++
      report.seen = true
    },
    stalled() {
      report.stalled++
      report.seen = true
    },
    take() {
      if (!report.seen) return undefined
      const { seen: _, requests, ...rest } = report
      report = emptyReport()
      const slices = { appSlices: appSlices.take(), endpointSlices: endpointSlices.take() }
      return { ...rest, ...slices, requests: [...requests.values()] }
    },
  }
}

function emptyReport() {
  return {
    requests: new Map<string, Counted>(),
    users: [] as Batch['users'][number][],
    opened: [] as Batch['opened'][number][],
    closed: [] as Batch['closed'][number][],
    strangers: {} as Partial<Record<Outcome, number>>,
    durations: noDurations(),
    durationSumSeconds: 0,
    countersFull: 0,
    connectionsRefused: { peer: 0, all: 0 },
    stalled: 0,
    seen: false,
  }
}

type Counted = Omit<Batch['requests'][number], 'count' | 'latency'> & { count: number; latency: number[] }

function noDurations(): number[] {
  return Array.from({ length: durationBounds.length + 1 }, () => 0)
}

function isValid(outcome: Outcome): boolean {
  return outcome === 'served' || outcome === 'failed' || outcome === 'client-error'
}

function durationBucket(durationMs: number): number {
  const seconds = durationMs / 1000
  for (let i = 0; i < durationBounds.length; i++) if (seconds <= durationBounds[i]!) return i
  return durationBounds.length
}
