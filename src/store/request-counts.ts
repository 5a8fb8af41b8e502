import { type Kysely, sql } from 'kysely'
import type { TimedRequests } from './batch.ts'
import { addLatency, packLatency, unpackLatency } from './latency-blob.ts'
import { chunks, mergeBy } from './rows.ts'
import type { Schema } from './schema.ts'

/** Adds what arrived to its minutes. Must run in a transaction: the rows it meets stay locked until its end. */
export async function addRequests(db: Kysely<Schema>, requests: readonly TimedRequests[]): Promise<void> {
  const rows = mergeBy(requests, keyOf, (one, other) => ({
    ...one,
    count: one.count + other.count,
    latency: addLatency(one.latency, other.latency),
  }))
  for (const chunk of chunks(rows)) {
    const met = await upsert(db, chunk)
    if (met.length > 0) await setLatency(db, met)
  }
}

/** Adds counts; the rows that were there before, with the latencies of both. */
async function upsert(db: Kysely<Schema>, rows: readonly TimedRequests[]): Promise<TimedRequests[]> {
  const written = await db
    .insertInto('requests_by_minute')
    .values(rows.map(toRow))
    .onConflict(conflict =>
      conflict.columns(KEY).doUpdateSet({ count: sql`requests_by_minute.count + excluded.count` }),
    )
    .returning([...KEY, 'count', 'latency'])
    .execute()
  const byKey = new Map(rows.map(row => [keyOf(row).join('\0'), row]))
  return written.flatMap(({ app, minute_ms, endpoint, platform, outcome, count, latency }) => {
    const row = byKey.get([app, minute_ms, endpoint, platform, outcome].join('\0'))!
    // A row that was there counted one request at least; a fresh one counts what was just written.
    if (count === row.count) return []
    return [{ ...row, latency: addLatency(row.latency, latency ? unpackLatency(latency) : []) }]
  })
}

async function setLatency(db: Kysely<Schema>, rows: readonly TimedRequests[]): Promise<void> {
  await db
    .insertInto('requests_by_minute')
    .values(rows.map(toRow))
    .onConflict(conflict => conflict.columns(KEY).doUpdateSet({ latency: sql`excluded.latency` }))
    .execute()
}

const KEY = ['app', 'minute_ms', 'endpoint', 'platform', 'outcome'] as const

function keyOf({ appId, minuteMs, endpoint, platform, outcome }: TimedRequests) {
  return [appId, minuteMs, endpoint, platform, outcome]
}

function toRow({ appId, minuteMs, endpoint, platform, outcome, count, latency }: TimedRequests) {
  const key = { app: appId, minute_ms: minuteMs, endpoint, platform, outcome }
  return { ...key, count, latency: packLatency(latency) }
}
