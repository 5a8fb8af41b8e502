import { randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import { addDelivery } from './deliveries.ts'
import type { EventType } from './event-types.ts'
import type { Schema } from './schema.ts'
import { addNotice } from './status-notices.ts'
import { webhooksFor } from './webhooks.ts'

export interface NewEvent {
  readonly type: EventType
  /** Whom it is about; undefined: no customer, so that only the provider hears of it. */
  readonly organizationId?: string | undefined
  /** It is about all of them, such as an incident: every customer's webhook hears of it. */
  readonly everyone?: true | undefined
  readonly atMs: number
  /** JSON, at most a few KiB, never with a secret in it. Ids lead to the rest. */
  readonly data: Readonly<Record<string, unknown>>
}

/**
 * Belongs into the transaction of what it tells of: so it is never lost, and never told of what did not happen. Every
 * webhook that listens at this moment will get it. Resolves with the event's id.
 */
export async function addEvent(db: Kysely<Schema>, event: NewEvent): Promise<string> {
  const id = await insertEvent(db, event)
  if (event.everyone) await addNotice(db, id, event.atMs)
  for (const webhook of await webhooksFor(db, event)) {
    await addDelivery(db, { event: id, webhook }, event.atMs)
  }
  return id
}

/** An event for one webhook alone. Resolves with the delivery's id. */
export async function addEventFor(db: Kysely<Schema>, webhook: string, event: NewEvent): Promise<string> {
  return addDelivery(db, { event: await insertEvent(db, event), webhook }, event.atMs)
}

/** An event for one subscriber of the status page alone. */
export async function addEventForSubscriber(
  db: Kysely<Schema>,
  subscriber: string,
  event: NewEvent,
): Promise<void> {
  await addDelivery(db, { event: await insertEvent(db, event), subscriber }, event.atMs)
}

async function insertEvent(db: Kysely<Schema>, event: NewEvent): Promise<string> {
  const { type, organizationId, atMs, data } = event
  const id = `evt_${randomBytes(12).toString('hex')}`
  const values = { id, type, organization: organizationId ?? null, at_ms: atMs, data: JSON.stringify(data) }
  await db.insertInto('events').values(values).execute()
  return id
}
