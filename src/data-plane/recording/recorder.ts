import { utcMonth } from '../../core/time/utc-month.ts'
import type { Batch, Outcome } from '../../store/recording.ts'

/** What one gateway thread has seen since it last reported. Plain data: it crosses threads as it is. */
export interface Report {
  readonly requests: Batch['requests']
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

/** Remembers, in memory, what a thread's requests came to; `take` empties it. */
export interface Recorder {
  request(facts: RequestFacts): void
  /** A user of the app was active. Repeating it costs nothing. */
  user(appId: string, user: string, atMs: number): void
  opened(connection: Batch['opened'][number]): void
  closed(id: string, atMs: number): void
  countersFull(): void
  connectionRefused(bound: 'peer' | 'all'): void
  stalled(): void
  /** Undefined when there is nothing to report. */
  take(): Report | undefined
}

/** Users reported lately are not reported again; this many are remembered, then all are forgotten at once. */
const REMEMBERED_USERS = 50_000

export function createRecorder(): Recorder {
  const reportedUsers = new Set<string>()
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
      const minuteMs = arrivedMs - (arrivedMs % 60_000)
      const key = `${appId}\0${endpoint ?? ''}\0${platform ?? ''}\0${outcome}\0${minuteMs}`
      const row = report.requests.get(key)
      if (row) row.count++
      else {
        const names = { appId, endpoint: endpoint ?? '', platform: platform ?? '', outcome, minuteMs }
        report.requests.set(key, { ...names, count: 1 })
      }
    },
    user(appId, user, atMs) {
      const key = `${appId}\0${utcMonth(atMs)}\0${user}`
      if (reportedUsers.has(key)) return
      if (reportedUsers.size >= REMEMBERED_USERS) reportedUsers.clear()
      reportedUsers.add(key)
      report.users.push({ appId, user, atMs })
      report.seen = true
    },
    opened(connection) {
      report.opened.push(connection)
      report.seen = true
    },
    closed(id, atMs) {
      report.closed.push({ id, atMs })
      report.seen = true
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
      return { ...rest, requests: [...requests.values()] }
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
    durations: Array.from({ length: durationBounds.length + 1 }, () => 0),
    durationSumSeconds: 0,
    countersFull: 0,
    connectionsRefused: { peer: 0, all: 0 },
    stalled: 0,
    seen: false,
  }
}

type Counted = { -readonly [K in keyof Batch['requests'][number]]: Batch['requests'][number][K] }

function durationBucket(durationMs: number): number {
  const seconds = durationMs / 1000
  for (let i = 0; i < durationBounds.length; i++) if (seconds <= durationBounds[i]!) return i
  return durationBounds.length
}
