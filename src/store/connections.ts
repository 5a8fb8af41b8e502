import { type Kysely, sql } from 'kysely'
import type { Batch, OpenedConnection } from './batch.ts'
import { chunks, mergeBy } from './rows.ts'
import type { Schema } from './schema.ts'

/** Notes which connections opened and closed, in whatever order that is learned. Of two closes the earlier holds. */
export async function addConnections(
  db: Kysely<Schema>,
  nodeId: string,
  { opened, closed }: Pick<Batch, 'opened' | 'closed'>,
): Promise<void> {
  if (opened.length + closed.length === 0) return
  await open(db, nodeId, opened)
  await noteCloses(db, closed)
  const ids = new Set([...opened, ...closed].map(({ id }) => id))
  for (const chunk of chunks([...ids].toSorted())) await join(db, chunk)
}

async function open(db: Kysely<Schema>, node: string, opened: readonly OpenedConnection[]): Promise<void> {
  const rows = mergeBy(
    opened.map(({ id, appId, userKey, platform, endpoint, atMs }) => ({
      id,
      app: appId,
      user_key: userKey ?? null,
      platform,
      endpoint,
      node,
      opened_ms: atMs,
      closed_ms: null,
    })),
    row => [row.id],
    (one, other) => (other.opened_ms < one.opened_ms ? other : one),
  )
  for (const chunk of chunks(rows)) {
    await db
      .insertInto('connections')
      .values(chunk)
      .onConflict(conflict => conflict.column('id').doNothing())
      .execute()
  }
}

/** Every close goes through `closes_ahead`, so one that came before its open waits there for it. */
async function noteCloses(db: Kysely<Schema>, closed: Batch['closed']): Promise<void> {
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
}

/** Only this batch's own connections are touched: they are one node's, so nodes never meet here. */
async function join(db: Kysely<Schema>, ids: readonly string[]): Promise<void> {
  const list = sql.join(ids)
  await sql`
    update connections
    set closed_ms = (select a.closed_ms from closes_ahead a where a.connection = connections.id)
    where id in (select a.connection from closes_ahead a where a.connection in (${list}))
      and (closed_ms is null or closed_ms > (select a.closed_ms from closes_ahead a where a.connection = connections.id))
  `.execute(db)
  await sql`
    delete from closes_ahead
    where connection in (${list}) and exists (select 1 from connections c where c.id = closes_ahead.connection)
  `.execute(db)
}
