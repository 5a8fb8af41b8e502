import type { Kysely } from 'kysely'
import type { EventType } from './event-types.ts'
import { after, type Page } from './page.ts'
import type { Schema } from './schema.ts'

/** An address outside that is told of events. */
export interface Webhook {
  readonly id: string
  /** The customer whose events it gets; undefined: the provider's, it gets those of all. */
  readonly organizationId: string | undefined
  readonly url: string
  readonly events: readonly EventType[]
  readonly createdMs: number
  /** Since when no attempt has worked; undefined: the last one did, or there was none. */
  readonly failingSinceMs: number | undefined
  /** Nothing is sent to it, and nothing kept for it. */
  readonly disabled: { readonly sinceMs: number; readonly reason: string } | undefined
}

export async function addWebhook(
  db: Kysely<Schema>,
  webhook: Pick<Webhook, 'id' | 'organizationId' | 'url' | 'events' | 'createdMs'>,
  sealedSecret: Uint8Array,
): Promise<void> {
  await db
    .insertInto('webhooks')
    .values({
      id: webhook.id,
      organization: webhook.organizationId ?? null,
      url: webhook.url,
      events: JSON.stringify(webhook.events),
      sealed_secret: sealedSecret,
      old_sealed_secret: null,
      old_secret_until_ms: null,
      failing_since_ms: null,
      disabled_ms: null,
      disabled_reason: null,
      created_ms: webhook.createdMs,
    })
    .execute()
}

export async function findWebhook(db: Kysely<Schema>, id: string): Promise<Webhook | undefined> {
  const row = await db.selectFrom('webhooks').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : fromRow(row)
}

/** In the order in which they came; `organizationId` narrows the list to one customer's. */
export async function listWebhooks(
  db: Kysely<Schema>,
  page: Page & { organizationId?: string | undefined },
): Promise<Webhook[]> {
  let query = db.selectFrom('webhooks').selectAll()
  if (page.organizationId !== undefined) query = query.where('organization', '=', page.organizationId)
  if (page.after !== undefined) query = query.where(after('created_ms', page.after))
  const rows = await query.orderBy('created_ms').orderBy('id').limit(page.limit).execute()
  return rows.map(fromRow)
}

/** How many an owner has: a customer, or undefined for the provider. */
export async function countWebhooks(db: Kysely<Schema>, organizationId: string | undefined): Promise<number> {
  const { count } = await db
    .selectFrom('webhooks')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('organization', organizationId === undefined ? 'is' : '=', organizationId ?? null)
    .executeTakeFirstOrThrow()
  return count
}

/** Has any secret been sealed for one? */
export async function hasWebhooks(db: Kysely<Schema>): Promise<boolean> {
  return (await db.selectFrom('webhooks').select('id').limit(1).executeTakeFirst()) !== undefined
}

/** The ids of those that are to hear of it: the provider's, and those of the customer it is about. */
export async function webhooksFor(
  db: Kysely<Schema>,
  event: {
    readonly type: EventType
    readonly organizationId?: string | undefined
    readonly everyone?: true | undefined
  },
): Promise<string[]> {
  const rows = await db
    .selectFrom('webhooks')
    .select(['id', 'events'])
    .where('disabled_ms', 'is', null)
    .where(eb => {
      if (event.everyone) return eb.lit(true)
      const providers = eb('organization', 'is', null)
      if (event.organizationId === undefined) return providers
      return eb.or([providers, eb('organization', '=', event.organizationId)])
    })
    .execute()
  const listens = (events: EventType[]) => events.includes(event.type)
  return rows.filter(({ events }) => listens(JSON.parse(events))).map(({ id }) => id)
}

/** Changes what is named and leaves the rest. Enabling it forgets its failures. */
export async function updateWebhook(
  db: Kysely<Schema>,
  id: string,
  changed: {
    readonly url?: string | undefined
    readonly events?: readonly EventType[] | undefined
    readonly disabled?: Webhook['disabled'] | null
  },
): Promise<void> {
  const { url, events, disabled } = changed
  const values = {
    ...(url !== undefined && { url }),
    ...(events !== undefined && { events: JSON.stringify(events) }),
    ...(disabled === null && { disabled_ms: null, disabled_reason: null, failing_since_ms: null }),
    ...(disabled && { disabled_ms: disabled.sinceMs, disabled_reason: disabled.reason }),
  }
  if (Object.keys(values).length === 0) return
  await db.updateTable('webhooks').set(values).where('id', '=', id).execute()
}

export interface SealedSecrets {
  readonly current: Uint8Array
  /** The one before, as long as it still signs too. */
  readonly old: Uint8Array | undefined
}

export async function webhookSecrets(
  db: Kysely<Schema>,
  id: string,
  nowMs: number,
): Promise<SealedSecrets | undefined> {
  const row = await db
    .selectFrom('webhooks')
    .select(['sealed_secret', 'old_sealed_secret', 'old_secret_until_ms'])
    .where('id', '=', id)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const holds = row.old_sealed_secret !== null && (row.old_secret_until_ms ?? 0) > nowMs
  return { current: row.sealed_secret, old: holds ? (row.old_sealed_secret ?? undefined) : undefined }
}

/** The current secret becomes the old one, until `oldUntilMs`. */
export async function rotateSecret(
  db: Kysely<Schema>,
  id: string,
  sealedSecret: Uint8Array,
  oldUntilMs: number,
): Promise<void> {
  await db
    .updateTable('webhooks')
    .set(eb => ({
      old_sealed_secret: eb.ref('sealed_secret'),
      old_secret_until_ms: oldUntilMs,
      sealed_secret: sealedSecret,
    }))
    .where('id', '=', id)
    .execute()
}

/** An attempt worked, or did not: resolves with the instant since which none has. */
export async function markWebhook(
  db: Kysely<Schema>,
  id: string,
  attempt: { readonly worked: boolean; readonly atMs: number },
): Promise<number | undefined> {
  const row = await db
    .updateTable('webhooks')
    .set(eb => ({
      failing_since_ms: attempt.worked
        ? null
        : eb.fn.coalesce('failing_since_ms', eb.val<number | null>(attempt.atMs)),
    }))
    .where('id', '=', id)
    .returning('failing_since_ms')
    .executeTakeFirst()
  return row?.failing_since_ms ?? undefined
}

/** With everything that was, or is, to be sent to it. */
export async function deleteWebhook(db: Kysely<Schema>, id: string): Promise<void> {
  await db
    .deleteFrom('delivery_attempts')
    .where('delivery', 'in', eb => eb.selectFrom('deliveries').select('id').where('webhook', '=', id))
    .execute()
  await db.deleteFrom('deliveries').where('webhook', '=', id).execute()
  await db.deleteFrom('webhooks').where('id', '=', id).execute()
}

function fromRow(row: Schema['webhooks']): Webhook {
  const { disabled_ms: sinceMs, disabled_reason: reason } = row
  return {
    id: row.id,
    organizationId: row.organization ?? undefined,
    url: row.url,
    events: JSON.parse(row.events),
    createdMs: row.created_ms,
    failingSinceMs: row.failing_since_ms ?? undefined,
    disabled: sinceMs === null ? undefined : { sinceMs, reason: reason ?? '' },
  }
}
