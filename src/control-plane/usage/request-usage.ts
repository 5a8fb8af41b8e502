import { setImmediate } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { latencyQuantile, type LatencyQuantile } from '../../core/metering/latency-histogram.ts'
import { type Span, union } from '../../core/time/span.ts'
import type { TimedRequests } from '../../store/batch.ts'
import { addLatency } from '../../store/latency-blob.ts'
import type { Outcome } from '../../store/outcome.ts'
import { requestPages } from '../../store/request-usage.ts'
import type { Schema } from '../../store/schema.ts'
import { unmeasuredSpans } from '../../store/unmeasured.ts'

export const USAGE_STEPS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const
export type UsageStep = keyof typeof USAGE_STEPS
export const USAGE_KEYS = ['endpoint', 'platform', 'outcome'] as const
export type UsageKey = (typeof USAGE_KEYS)[number]

/** Requests of one app in `[fromMs, toMs)`, by UTC minute, hour or day, and within it by one more thing or none. */
export interface RequestQuestion {
  readonly appId: string
  readonly fromMs: number
  readonly toMs: number
  readonly step: UsageStep
  readonly by: UsageKey | undefined
}

export interface RequestUsage {
  /** Ascending by time and name; steps without a request are left out. Empty if there would be too many. */
  readonly rows: readonly RequestUsageRow[]
  /** How many rows the answer has or would have. */
  readonly count: number
  /** Time in which requests were seen whose record is lost: the rows are short of these. */
  readonly unmeasured: readonly Span[]
}

export interface RequestUsageRow {
  /** The start of the step. */
  readonly atMs: number
  /** Of `by`; undefined without it. */
  readonly name: string | undefined
  readonly requests: number
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>
  /** Of valid requests; undefined when there is none whose latency was recorded. */
  readonly latency: Record<QuantileName, LatencyQuantile> | undefined
}

export const QUANTILES = { p50: 500, p95: 950, p99: 990 } as const
export type QuantileName = keyof typeof QUANTILES

/** A chart shows fewer, and an answer of so many is some megabytes. */
export const MOST_ROWS = 20_000

export async function requestUsage(db: Kysely<Schema>, question: RequestQuestion): Promise<RequestUsage> {
  const stepMs = USAGE_STEPS[question.step]
  const sums = new Map<string, Sum>()
  for await (const page of requestPages(db, question)) {
    for (const row of page) add(sums, row, row.minuteMs - (row.minuteMs % stepMs), question.by)
    // Reading SQLite never leaves the thread by itself.
    await setImmediate()
  }
  const spans = await unmeasuredSpans(db, question.appId, question)
  const unmeasured = union(spans.map(({ fromMs, toMs }) => ({ startMs: fromMs, endMs: toMs })))
  const rows = sums.size > MOST_ROWS ? [] : [...sums.values()].toSorted(inOrder).map(toRow)
  return { rows, count: sums.size, unmeasured }
}

interface Sum {
  readonly atMs: number
  readonly name: string | undefined
  requests: number
  readonly outcomes: Partial<Record<Outcome, number>>
  latency: readonly number[]
}

/** Weir's own refusals are quick and say nothing of the API; a client that left was not waited for. */
const TIMED: ReadonlySet<Outcome> = new Set(['served', 'failed', 'client-error'])

function add(sums: Map<string, Sum>, row: TimedRequests, atMs: number, by: UsageKey | undefined): void {
  const name = by === undefined ? undefined : row[by]
  const key = `${atMs} ${name ?? ''}`
  let sum = sums.get(key)
  if (sum === undefined) {
    sum = { atMs, name, requests: 0, outcomes: {}, latency: [] }
    sums.set(key, sum)
  }
  sum.requests += row.count
  sum.outcomes[row.outcome] = (sum.outcomes[row.outcome] ?? 0) + row.count
  if (TIMED.has(row.outcome)) sum.latency = addLatency(sum.latency, row.latency)
}

function inOrder(one: Sum, other: Sum): number {
  if (one.atMs !== other.atMs) return one.atMs - other.atMs
  return (one.name ?? '') < (other.name ?? '') ? -1 : 1
}

function toRow({ latency, ...sum }: Sum): RequestUsageRow {
  const quantile = (name: QuantileName) => latencyQuantile(latency, QUANTILES[name])
  const [p50, p95, p99] = [quantile('p50'), quantile('p95'), quantile('p99')]
  return { ...sum, latency: p50 && p95 && p99 ? { p50, p95, p99 } : undefined }
}
