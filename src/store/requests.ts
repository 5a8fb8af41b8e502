import type { Kysely } from 'kysely'
import type { RequestCount } from './batch.ts'
import { addLatency, unpackLatency } from './latency-blob.ts'
import type { Outcome } from './outcome.ts'
import type { Schema } from './schema.ts'

interface AppSpan {
  readonly appId: string
  /** Inclusive. */
  readonly fromMs: number
  /** Exclusive. */
  readonly toMs: number
}

/** What an app's minutes in `[fromMs, toMs)` hold, ascending by minute. */
export async function requestsByMinute(db: Kysely<Schema>, span: AppSpan): Promise<RequestCount[]> {
  const rows = await within(db, span)
    .selectAll()
    .orderBy('minute_ms')
    .orderBy('endpoint')
    .orderBy('platform')
    .orderBy('outcome')
    .execute()
  return rows.map(row => ({
    appId: row.app,
    endpoint: row.endpoint,
    platform: row.platform,
    outcome: row.outcome,
    minuteMs: row.minute_ms,
    count: row.count,
  }))
}

/** The same, added up over the whole span. */
export async function requestTotals(
  db: Kysely<Schema>,
  span: AppSpan,
): Promise<Omit<RequestCount, 'minuteMs' | 'appId'>[]> {
  const rows = await within(db, span)
    .select(({ fn }) => ['endpoint', 'platform', 'outcome', fn.sum<number>('count').as('count')])
    .groupBy(['endpoint', 'platform', 'outcome'])
    .orderBy('endpoint')
    .orderBy('platform')
    .orderBy('outcome')
    .execute()
  return rows
}

/**
 * How long requests took, by endpoint: a count a bucket, with the recorder's bounds, over all platforms and the given
 * outcomes. Requests from before latencies were recorded are not among them.
 */
export async function latencyByEndpoint(
  db: Kysely<Schema>,
  span: AppSpan,
  outcomes: readonly Outcome[],
): Promise<Map<string, number[]>> {
  const rows = await within(db, span)
    .select(['endpoint', 'latency'])
    .where('outcome', 'in', outcomes)
    .where('latency', 'is not', null)
    .orderBy('endpoint')
    .execute()
  const byEndpoint = new Map<string, number[]>()
  for (const { endpoint, latency } of rows) {
    byEndpoint.set(endpoint, addLatency(byEndpoint.get(endpoint) ?? [], unpackLatency(latency!)))
  }
  return byEndpoint
}

function within(db: Kysely<Schema>, { appId, fromMs, toMs }: AppSpan) {
  return db
    .selectFrom('requests_by_minute')
    .where('app', '=', appId)
    .where('minute_ms', '>=', fromMs)
    .where('minute_ms', '<', toMs)
}
