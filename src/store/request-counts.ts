import { type Kysely, PostgresAdapter, sql } from 'kysely'
import type { TimedRequests } from './batch.ts'
import { addLatency, packLatency, unpackLatency } from './latency-blob.ts'
import { chunks, mergeBy } from './rows.ts'
import type { Schema } from './schema.ts'

/**
 * Adds what arrived to its minutes, each row written once. Must run in a transaction: the rows it meets stay locked
 * until its end. All new rows go in before any that was there is locked, and both in the order of their keys, so two
 * nodes never wait for each other in a circle.
 */
export async function addRequests(db: Kysely<Schema>, requests: readonly TimedRequests[]): Promise<void> {
  const rows = mergeBy(requests, keyOf, (one, other) => ({
    ...one,
    count: one.count + other.count,
    latency: addLatency(one.latency, other.latency),
  }))
  const met: TimedRequests[] = []
  for (const chunk of chunks(rows)) met.push(...(await insertNew(db, chunk)))
  for (const chunk of chunks(met)) {
    const present = await lockedLatencies(db, chunk)
    const latencyOf = (row: TimedRequests) => present.get(nameOf(row)) ?? []
    await addTo(
      db,
      chunk.map(row => ({ ...row, latency: addLatency(row.latency, latencyOf(row)) })),
    )
  }
}

/** Writes those that are not there yet; the others. */
async function insertNew(db: Kysely<Schema>, rows: readonly TimedRequests[]): Promise<TimedRequests[]> {
  const written = await db
    .insertInto('requests_by_minute')
    .values(rows.map(toRow))
    .onConflict(conflict => conflict.columns(KEY).doNothing())
    .returning(KEY)
    .execute()
  const fresh = new Set(written.map(row => KEY.map(column => row[column]).join('\0')))
  return rows.filter(row => !fresh.has(nameOf(row)))
}

/** The latencies of rows that are there; on Postgres no other transaction changes them before this one ends. */
async function lockedLatencies(
  db: Kysely<Schema>,
  rows: readonly TimedRequests[],
): Promise<Map<string, number[]>> {
  const wanted = rows.map(
    row =>
      sql`(${row.appId}, cast(${row.minuteMs} as bigint), ${row.endpoint}, ${row.platform}, ${row.outcome})`,
  )
  const found = await db
    .selectFrom('requests_by_minute')
    .select([...KEY, 'latency'])
    .where(sql<boolean>`(app, minute_ms, endpoint, platform, outcome) in (values ${sql.join(wanted)})`)
    .orderBy('app')
    .orderBy('minute_ms')
    .orderBy('endpoint')
    .orderBy('platform')
    .orderBy('outcome')
    .$if(db.getExecutor().adapter instanceof PostgresAdapter, query => query.forUpdate())
    .execute()
  return new Map(
    found.map(row => [
      KEY.map(column => row[column]).join('\0'),
      row.latency ? unpackLatency(row.latency) : [],
    ]),
  )
}

/** Adds the counts, and puts the latencies of both in the place of those that were there. */
async function addTo(db: Kysely<Schema>, rows: readonly TimedRequests[]): Promise<void> {
  await db
    .insertInto('requests_by_minute')
    .values(rows.map(toRow))
    .onConflict(conflict =>
      conflict.columns(KEY).doUpdateSet({
        count: sql`requests_by_minute.count + excluded.count`,
        latency: sql`excluded.latency`,
      }),
    )
    .execute()
}

const KEY = ['app', 'minute_ms', 'endpoint', 'platform', 'outcome'] as const

function keyOf({ appId, minuteMs, endpoint, platform, outcome }: TimedRequests) {
  return [appId, minuteMs, endpoint, platform, outcome]
}

function nameOf(row: TimedRequests): string {
  return keyOf(row).join('\0')
}

function toRow({ appId, minuteMs, endpoint, platform, outcome, count, latency }: TimedRequests) {
  const key = { app: appId, minute_ms: minuteMs, endpoint, platform, outcome }
  return { ...key, count, latency: packLatency(latency) }
}
