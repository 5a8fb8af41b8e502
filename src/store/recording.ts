import { type Kysely, sql } from 'kysely'
import type { Outcome } from './outcome.ts'
import { utcMonth } from '../core/time/utc-month.ts'
import type { Schema } from './schema.ts'

export type { Outcome } from './outcome.ts'

/** What one gateway node recorded since its last batch. Instants are the store's time in milliseconds. */
export interface Batch {
  /** Fresh for each start of a process. */
  readonly nodeId: string
  /** From 1, without gaps at the sender. */
  readonly sequence: number
  readonly sentAtMs: number
  readonly requests: readonly RequestCount[]
  readonly users: readonly { readonly appId: string; readonly user: string; readonly atMs: number }[]
  readonly opened: readonly OpenedConnection[]
  readonly closed: readonly { readonly id: string; readonly atMs: number }[]
}

export interface RequestCount {
  readonly appId: string
  readonly endpoint: string
  readonly platform: string
  readonly outcome: Outcome
  /** The start of the UTC minute in which they arrived. */
  readonly minuteMs: number
  readonly count: number
}

export interface OpenedConnection {
  readonly id: string
  readonly appId: string
  readonly user: string | undefined
  readonly platform: string
  readonly endpoint: string
  readonly atMs: number
}

/**
 * Applies a batch in one transaction, once: a batch that was applied before changes nothing, and in which
 * order batches arrive makes no difference. An app that the store does not know is recorded all the same.
 */
export async function applyBatch(db: Kysely<Schema>, batch: Batch): Promise<'applied' | 'repeated'> {
  return db.transaction().execute(async trx => {
    if (!(await takeSequence(trx, batch.nodeId, batch.sequence))) return 'repeated'
    await seeNode(trx, batch.nodeId, batch.sentAtMs)
    await addRequests(trx, batch.requests)
    await addUsers(trx, batch.users)
    await openConnections(trx, batch.nodeId, batch.opened)
    await closeConnections(trx, batch.closed)
    return 'applied'
  })
}

/** Users of an organization's apps who were active in a UTC month, `YYYY-MM`. */
export async function activeUsers(
  db: Kysely<Schema>,
  organizationId: string,
  month: string,
): Promise<{ appId: string; user: string }[]> {
  return db
    .selectFrom('users_by_month')
    .innerJoin('apps', 'apps.id', 'users_by_month.app')
    .select(['users_by_month.app as appId', 'users_by_month.user as user'])
    .where('apps.organization', '=', organizationId)
    .where('users_by_month.month', '=', month)
    .execute()
}

/** True when this sequence is new; then it is marked as applied. */
async function takeSequence(db: Kysely<Schema>, node: string, sequence: number): Promise<boolean> {
  // The row is there, and locked, before it is looked at: a batch may come again while the first try still runs.
  const { applied_up_to: upTo } = await db
    .insertInto('recorder_progress')
    .values({ node, applied_up_to: 0 })
    .onConflict(conflict =>
      conflict.column('node').doUpdateSet({ applied_up_to: sql`recorder_progress.applied_up_to` }),
    )
    .returning('applied_up_to')
    .executeTakeFirstOrThrow()
  if (sequence <= upTo) return false
  const ahead = await db
    .selectFrom('recorder_ahead')
    .select('sequence')
    .where('node', '=', node)
    .orderBy('sequence')
    .execute()
  if (ahead.some(row => row.sequence === sequence)) return false
  if (sequence > upTo + 1) {
    await db.insertInto('recorder_ahead').values({ node, sequence }).execute()
    return true
  }
  const reached = contiguous(
    sequence,
    ahead.map(row => row.sequence),
  )
  await db.updateTable('recorder_progress').set({ applied_up_to: reached }).where('node', '=', node).execute()
  await db.deleteFrom('recorder_ahead').where('node', '=', node).where('sequence', '<=', reached).execute()
  return true
}

/** How far an unbroken run reaches that starts at `from` and goes on in `ahead` (ascending). */
function contiguous(from: number, ahead: readonly number[]): number {
  let reached = from
  for (const sequence of ahead) if (sequence === reached + 1) reached = sequence
  return reached
}

async function seeNode(db: Kysely<Schema>, id: string, atMs: number): Promise<void> {
  await db
    .insertInto('nodes')
    .values({ id, started_ms: atMs, last_seen_ms: atMs })
    .onConflict(conflict =>
      conflict.column('id').doUpdateSet({
        started_ms: sql`case when excluded.started_ms < nodes.started_ms then excluded.started_ms else nodes.started_ms end`,
        last_seen_ms: sql`case when excluded.last_seen_ms > nodes.last_seen_ms then excluded.last_seen_ms else nodes.last_seen_ms end`,
      }),
    )
    .execute()
}

async function addRequests(db: Kysely<Schema>, requests: readonly RequestCount[]): Promise<void> {
  const rows = mergeBy(
    requests.map(({ appId, minuteMs, endpoint, platform, outcome, count }) => ({
      app: appId,
      minute_ms: minuteMs,
      endpoint,
      platform,
      outcome,
      count,
    })),
    row => [row.app, row.minute_ms, row.endpoint, row.platform, row.outcome],
    (one, other) => ({ ...one, count: one.count + other.count }),
  )
  for (const chunk of chunks(rows)) {
    await db
      .insertInto('requests_by_minute')
      .values(chunk)
      .onConflict(conflict =>
        conflict
          .columns(['app', 'minute_ms', 'endpoint', 'platform', 'outcome'])
          .doUpdateSet({ count: sql`requests_by_minute.count + excluded.count` }),
      )
      .execute()
  }
}

async function addUsers(db: Kysely<Schema>, users: Batch['users']): Promise<void> {
  const rows = mergeBy(
    users.map(({ appId, user, atMs }) => ({ app: appId, month: utcMonth(atMs), user, first_seen_ms: atMs })),
    row => [row.app, row.month, row.user],
    (one, other) => (other.first_seen_ms < one.first_seen_ms ? other : one),
  )
  for (const chunk of chunks(rows)) {
    await db
      .insertInto('users_by_month')
      .values(chunk)
      .onConflict(conflict =>
        conflict
          .columns(['app', 'month', 'user'])
          .doUpdateSet({ first_seen_ms: sql`excluded.first_seen_ms` })
          .where(sql<boolean>`excluded.first_seen_ms < users_by_month.first_seen_ms`),
      )
      .execute()
  }
}

async function openConnections(
  db: Kysely<Schema>,
  node: string,
  opened: readonly OpenedConnection[],
): Promise<void> {
  const rows = opened.map(({ id, appId, user, platform, endpoint, atMs }) => ({
    id,
    app: appId,
    user: user ?? null,
    platform,
    endpoint,
    node,
    opened_ms: atMs,
    closed_ms: null,
  }))
  for (const chunk of chunks(rows)) {
    await db
      .insertInto('connections')
      .values(chunk)
      .onConflict(conflict => conflict.column('id').doNothing())
      .execute()
  }
}

/** Every close goes through `closes_ahead`, so one that came before its open waits there for it. */
async function closeConnections(db: Kysely<Schema>, closed: Batch['closed']): Promise<void> {
  const rows = mergeBy(
    closed.map(({ id, atMs }) => ({ connection: id, closed_ms: atMs })),
    row => [row.connection],
    (one, other) => (other.closed_ms < one.closed_ms ? other : one),
  )
  for (const chunk of chunks(rows)) {
    await db
      .insertInto('closes_ahead')
      .values(chunk)
      .onConflict(conflict =>
        conflict
          .column('connection')
          .doUpdateSet({ closed_ms: sql`excluded.closed_ms` })
          .where(sql<boolean>`excluded.closed_ms < closes_ahead.closed_ms`),
      )
      .execute()
  }
  await sql`
    update connections
    set closed_ms = (select a.closed_ms from closes_ahead a where a.connection = connections.id)
    where id in (select a.connection from closes_ahead a)
      and (closed_ms is null or closed_ms > (select a.closed_ms from closes_ahead a where a.connection = connections.id))
  `.execute(db)
  await sql`
    delete from closes_ahead where exists (select 1 from connections c where c.id = closes_ahead.connection)
  `.execute(db)
}

/** One row a key: Postgres refuses an upsert that meets the same row twice. */
function mergeBy<Row>(
  rows: readonly Row[],
  key: (row: Row) => readonly (string | number)[],
  merge: (one: Row, other: Row) => Row,
): Row[] {
  const merged = new Map<string, Row>()
  for (const row of rows) {
    const text = JSON.stringify(key(row))
    const present = merged.get(text)
    merged.set(text, present === undefined ? row : merge(present, row))
  }
  return [...merged.values()]
}

/** A database takes at most 32,766 parameters a statement; the widest row here has eight. */
const ROWS_A_STATEMENT = 500

function* chunks<Row>(rows: readonly Row[]): Generator<Row[]> {
  for (let at = 0; at < rows.length; at += ROWS_A_STATEMENT) yield rows.slice(at, at + ROWS_A_STATEMENT)
}
