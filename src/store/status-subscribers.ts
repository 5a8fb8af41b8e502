import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** Somebody who wants to be told of incidents and maintenance, and is no customer as far as Weir knows. */
export interface StatusSubscriber {
  readonly id: string
  readonly channel: 'email' | 'webhook'
  readonly address: string
  readonly createdMs: number
  /** undefined: nobody has confirmed it, and it is told nothing. */
  readonly confirmedMs: number | undefined
  /** When it was last asked to confirm. */
  readonly askedMs: number
  /** Of a webhook. */
  readonly sealedSecret: Uint8Array | undefined
}

/** `tokenHash`: of the token that confirms and ends it. */
export async function addSubscriber(
  db: Kysely<Schema>,
  { createdMs, confirmedMs, askedMs, sealedSecret, ...rest }: StatusSubscriber,
  tokenHash: string,
): Promise<void> {
  await db
    .insertInto('status_subscribers')
    .values({
      ...rest,
      token_hash: tokenHash,
      created_ms: createdMs,
      confirmed_ms: confirmedMs ?? null,
      asked_ms: askedMs,
      sealed_secret: sealedSecret ?? null,
    })
    .execute()
}

export async function findSubscriber(db: Kysely<Schema>, id: string): Promise<StatusSubscriber | undefined> {
  const row = await db.selectFrom('status_subscribers').selectAll().where('id', '=', id).executeTakeFirst()
  return row && fromRow(row)
}

export async function subscriberByToken(
  db: Kysely<Schema>,
  tokenHash: string,
): Promise<StatusSubscriber | undefined> {
  const found = db.selectFrom('status_subscribers').selectAll().where('token_hash', '=', tokenHash)
  const row = await found.executeTakeFirst()
  return row && fromRow(row)
}

export async function subscriberAt(
  db: Kysely<Schema>,
  { channel, address }: Pick<StatusSubscriber, 'channel' | 'address'>,
): Promise<StatusSubscriber | undefined> {
  const row = await db
    .selectFrom('status_subscribers')
    .selectAll()
    .where('channel', '=', channel)
    .where('address', '=', address)
    .executeTakeFirst()
  return row && fromRow(row)
}

export async function markAsked(db: Kysely<Schema>, id: string, askedMs: number): Promise<void> {
  await db.updateTable('status_subscribers').set({ asked_ms: askedMs }).where('id', '=', id).execute()
}

export async function markConfirmed(db: Kysely<Schema>, id: string, confirmedMs: number): Promise<void> {
  await db.updateTable('status_subscribers').set({ confirmed_ms: confirmedMs }).where('id', '=', id).execute()
}

/** What was queued for it is refused when it is its turn. */
export async function deleteSubscriber(db: Kysely<Schema>, id: string): Promise<void> {
  await db.deleteFrom('status_subscribers').where('id', '=', id).execute()
}

/** How many were asked to confirm since. */
export async function countAsked(db: Kysely<Schema>, sinceMs: number): Promise<number> {
  const { count } = await db
    .selectFrom('status_subscribers')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('asked_ms', '>', sinceMs)
    .executeTakeFirstOrThrow()
  return count
}

/** Those that are told of things, by their ids, after one of them. */
export async function confirmedSubscribers(
  db: Kysely<Schema>,
  afterId: string,
  limit: number,
): Promise<StatusSubscriber[]> {
  const rows = await db
    .selectFrom('status_subscribers')
    .selectAll()
    .where('confirmed_ms', 'is not', null)
    .where('id', '>', afterId)
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(fromRow)
}

/** Whether any secret has been sealed for one. */
export async function hasSubscriberSecrets(db: Kysely<Schema>): Promise<boolean> {
  const sealed = db.selectFrom('status_subscribers').select('id').where('sealed_secret', 'is not', null)
  return (await sealed.limit(1).executeTakeFirst()) !== undefined
}

export async function forgetUnconfirmed(db: Kysely<Schema>, askedBeforeMs: number): Promise<void> {
  await db
    .deleteFrom('status_subscribers')
    .where('confirmed_ms', 'is', null)
    .where('asked_ms', '<', askedBeforeMs)
    .execute()
}

function fromRow(row: Schema['status_subscribers']): StatusSubscriber {
  return {
    id: row.id,
    channel: row.channel,
    address: row.address,
    createdMs: row.created_ms,
    confirmedMs: row.confirmed_ms ?? undefined,
    askedMs: row.asked_ms,
    sealedSecret: row.sealed_secret ?? undefined,
  }
}
