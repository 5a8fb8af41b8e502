import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** A delivery to a webhook, as it is shown. */
export interface LoggedDelivery {
  readonly id: string
  readonly event: { readonly id: string; readonly type: string }
  readonly state: 'waiting' | 'delivered' | 'given-up'
  /** When it is attempted next; undefined when it is not. */
  readonly dueMs: number | undefined
  readonly createdMs: number
  /** Ascending. */
  readonly attempts: readonly LoggedAttempt[]
}

interface LoggedAttempt {
  readonly attempt: number
  readonly atMs: number
  /** undefined: under way. */
  readonly ms: number | undefined
  readonly status: number | undefined
  readonly error: string | undefined
  readonly response: string | undefined
}

/** Newest first; `before`: the last one of the page before. */
export async function listDeliveries(
  db: Kysely<Schema>,
  webhook: string,
  page: { readonly limit: number; readonly before: { readonly ms: number; readonly id: string } | undefined },
): Promise<LoggedDelivery[]> {
  let query = deliveriesOf(db, webhook)
  const { before } = page
  if (before !== undefined) {
    query = query.where(eb =>
      eb.or([
        eb('deliveries.created_ms', '<', before.ms),
        eb.and([eb('deliveries.created_ms', '=', before.ms), eb('deliveries.id', '<', before.id)]),
      ]),
    )
  }
  const rows = await query
    .orderBy('deliveries.created_ms', 'desc')
    .orderBy('deliveries.id', 'desc')
    .limit(page.limit)
    .execute()
  return withAttempts(db, rows)
}

/** Undefined if there is none, or if it goes to another webhook. */
export async function findDelivery(
  db: Kysely<Schema>,
  webhook: string,
  id: string,
): Promise<LoggedDelivery | undefined> {
  const [found] = await withAttempts(
    db,
    await deliveriesOf(db, webhook).where('deliveries.id', '=', id).execute(),
  )
  return found
}

/** Sends it again, at once and then after the usual pauses. What is under way goes on first. */
export async function retryDelivery(db: Kysely<Schema>, id: string, nowMs: number): Promise<void> {
  await db
    .updateTable('deliveries')
    .set({ state: 'waiting', failures: 0, due_ms: nowMs })
    .where('id', '=', id)
    .execute()
}

function deliveriesOf(db: Kysely<Schema>, webhook: string) {
  return db
    .selectFrom('deliveries')
    .innerJoin('events', 'events.id', 'deliveries.event')
    .select([
      'deliveries.id',
      'deliveries.state',
      'deliveries.due_ms',
      'deliveries.created_ms',
      'events.id as event',
      'events.type',
    ])
    .where('deliveries.webhook', '=', webhook)
}

type Row = Awaited<ReturnType<ReturnType<typeof deliveriesOf>['execute']>>[number]

async function withAttempts(db: Kysely<Schema>, rows: readonly Row[]): Promise<LoggedDelivery[]> {
  if (rows.length === 0) return []
  const attempts = await db
    .selectFrom('delivery_attempts')
    .selectAll()
    .where(
      'delivery',
      'in',
      rows.map(({ id }) => id),
    )
    .orderBy('attempt')
    .execute()
  const byDelivery = Map.groupBy(attempts, ({ delivery }) => delivery)
  return rows.map(row => ({
    id: row.id,
    event: { id: row.event, type: row.type },
    state: row.state,
    dueMs: row.state === 'waiting' ? row.due_ms : undefined,
    createdMs: row.created_ms,
    attempts: (byDelivery.get(row.id) ?? []).map(shown),
  }))
}

function shown(row: Schema['delivery_attempts']): LoggedAttempt {
  return {
    attempt: row.attempt,
    atMs: row.at_ms,
    ms: row.ms ?? undefined,
    status: row.status ?? undefined,
    error: row.error ?? undefined,
    response: row.response ?? undefined,
  }
}
