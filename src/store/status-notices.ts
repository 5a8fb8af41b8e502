import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** An event that subscribers of the status page are to be told of, and how far the list was gone through. */
export interface Notice {
  readonly eventId: string
  /** Everyone whose id is not above it was told. */
  readonly lastSubscriber: string
}

/** Belongs into the transaction of the event. */
export async function addNotice(db: Kysely<Schema>, eventId: string, atMs: number): Promise<void> {
  await db.insertInto('status_notices').values({ event: eventId, at_ms: atMs, last_subscriber: '' }).execute()
}

/** Those that are not told to everyone yet, oldest first. */
export async function waitingNotices(db: Kysely<Schema>): Promise<string[]> {
  const rows = await db
    .selectFrom('status_notices')
    .select('event')
    .orderBy('at_ms')
    .orderBy('event')
    .limit(100)
    .execute()
  return rows.map(({ event }) => event)
}

export async function findNotice(db: Kysely<Schema>, eventId: string): Promise<Notice | undefined> {
  const row = await db
    .selectFrom('status_notices')
    .selectAll()
    .where('event', '=', eventId)
    .executeTakeFirst()
  return row && { eventId, lastSubscriber: row.last_subscriber }
}

export async function advanceNotice(
  db: Kysely<Schema>,
  eventId: string,
  lastSubscriber: string,
): Promise<void> {
  const told = db.updateTable('status_notices').set({ last_subscriber: lastSubscriber })
  await told.where('event', '=', eventId).execute()
}

export async function endNotice(db: Kysely<Schema>, eventId: string): Promise<void> {
  await db.deleteFrom('status_notices').where('event', '=', eventId).execute()
}
