import type { Kysely } from 'kysely'
import type { TimedRequests } from './batch.ts'
import { unpackLatency } from './latency-blob.ts'
import type { Outcome } from './outcome.ts'
import type { Schema } from './schema.ts'

/** `[fromMs, toMs)` of one app. */
export interface AppSpan {
  readonly appId: string
  readonly fromMs: number
  readonly toMs: number
}

/** What stands in a row a minute is some hundreds of rows at most in an hour of a busy app. */
const PAGE_MS = 3_600_000

/** What an app's minutes in a span hold, ascending by minute, in pages of an hour that has any. */
export async function* requestPages(db: Kysely<Schema>, span: AppSpan): AsyncGenerator<TimedRequests[]> {
  let fromMs = await firstMinute(db, span)
  while (fromMs !== undefined) {
    const toMs = Math.min(fromMs + PAGE_MS, span.toMs)
    const rows = await rowsWithin(db, { ...span, fromMs, toMs })
      .selectAll()
      .orderBy('minute_ms')
      .execute()
    yield rows.map(({ app, endpoint, platform, outcome, minute_ms, count, latency }) => ({
      appId: app,
      endpoint,
      platform,
      outcome,
      minuteMs: minute_ms,
      count,
      latency: latency === null ? [] : unpackLatency(latency),
    }))
    fromMs = await firstMinute(db, { ...span, fromMs: toMs })
  }
}

export interface PeakMinute {
  readonly endpoint: string
  readonly platform: string
  readonly minuteMs: number
  /** Requests of these outcomes that arrived in it. */
  readonly count: number
}

/** The busiest minute of each endpoint and platform of an app in a span; of several the first. */
export async function peakMinutes(
  db: Kysely<Schema>,
  span: AppSpan,
  outcomes: readonly Outcome[],
): Promise<PeakMinute[]> {
  const rows = await rowsWithin(db, span)
    .select(({ fn }) => [
      'endpoint',
      'platform',
      'minute_ms as minuteMs',
      fn.sum<number>('count').as('count'),
    ])
    .where('outcome', 'in', outcomes)
    .groupBy(['endpoint', 'platform', 'minute_ms'])
    .orderBy('endpoint')
    .orderBy('platform')
    .orderBy('minute_ms')
    .execute()
  const peaks = new Map<string, PeakMinute>()
  for (const row of rows) {
    const key = JSON.stringify([row.endpoint, row.platform])
    const peak = peaks.get(key)
    if (peak === undefined || row.count > peak.count) peaks.set(key, row)
  }
  return [...peaks.values()]
}

/** How many requests an app had in a span, by outcome. */
export async function requestOutcomes(
  db: Kysely<Schema>,
  span: AppSpan,
): Promise<{ outcome: Outcome; count: number }[]> {
  return rowsWithin(db, span)
    .select(({ fn }) => ['outcome', fn.sum<number>('count').as('count')])
    .groupBy('outcome')
    .orderBy('outcome')
    .execute()
}

async function firstMinute(db: Kysely<Schema>, span: AppSpan): Promise<number | undefined> {
  const row = await rowsWithin(db, span).select('minute_ms').orderBy('minute_ms').limit(1).executeTakeFirst()
  return row?.minute_ms
}

function rowsWithin(db: Kysely<Schema>, { appId, fromMs, toMs }: AppSpan) {
  return db
    .selectFrom('requests_by_minute')
    .where('app', '=', appId)
    .where('minute_ms', '>=', fromMs)
    .where('minute_ms', '<', toMs)
}
