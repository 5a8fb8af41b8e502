import { randomBytes } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import type { EventType } from './event-types.ts'
import type { Schema } from './schema.ts'

/** A mail in plain text. */
export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
  /** For a subscriber of the status page: its links are put below when it is sent, and lie nowhere before. */
  readonly subscriber?: { readonly id: string; readonly asks: 'confirm' | 'nothing' }
}

type Sent =
  | { readonly event: string; readonly webhook: string }
  | { readonly event: string; readonly subscriber: string }
  | { readonly mail: Mail }

/** Adds what is to be sent, due at once. Resolves with its id. */
export async function addDelivery(db: Kysely<Schema>, what: Sent, nowMs: number): Promise<string> {
  const id = `dlv_${randomBytes(12).toString('hex')}`
  const isMail = 'mail' in what
  await db
    .insertInto('deliveries')
    .values({
      id,
      channel: isMail ? 'mail' : 'webhook',
      event: isMail ? null : what.event,
      webhook: 'webhook' in what ? what.webhook : null,
      subscriber: 'subscriber' in what ? what.subscriber : null,
      mail: isMail ? JSON.stringify(what.mail) : null,
      state: 'waiting',
      attempts: 0,
      failures: 0,
      due_ms: nowMs,
      held_until_ms: 0,
      created_ms: nowMs,
    })
    .execute()
  return id
}

/** A delivery that this node is to attempt now. `attempt` counts from 1 and proves that it still holds it. */
export interface HeldDelivery {
  readonly id: string
  readonly attempt: number
  /** Attempts that failed since the schedule began. */
  readonly failures: number
  /** Whose turn it takes: a webhook's or subscriber's id, or `mail`. */
  readonly lane: string
  readonly what:
    | { readonly webhook: string; readonly event: HeldEvent }
    | { readonly subscriber: string; readonly event: HeldEvent }
    | { readonly mail: Mail }
}

export interface HeldEvent {
  readonly id: string
  readonly type: EventType
  readonly organizationId: string | undefined
  readonly atMs: number
  readonly data: Readonly<Record<string, unknown>>
}

export interface HoldTimes {
  /** What is due goes by Weir's clock, which tests may set. */
  readonly nowMs: number
  /** Whether a node is alive goes by real time. */
  readonly realNowMs: number
  readonly heldUntilMs: number
}

/**
 * Takes the delivery that has been due for longest, of lanes that are not busy; undefined when there is none. No other
 * node gets it until `heldUntilMs`. What a node that died had begun is taken like any other, and its attempt says so.
 */
export async function holdDelivery(
  db: Kysely<Schema>,
  busyLanes: readonly string[],
  times: HoldTimes,
): Promise<HeldDelivery | undefined> {
  for (;;) {
    const found = await findDue(db, busyLanes, times)
    if (found === undefined) return undefined
    // Of two nodes that found the same one, the later finds `attempts` changed and looks again.
    const attempt = await db.transaction().execute(async trx => begin(trx, found, times))
    if (attempt !== undefined) return heldFrom(db, found, attempt)
  }
}

type Row = Schema['deliveries']

async function findDue(
  db: Kysely<Schema>,
  busyLanes: readonly string[],
  { nowMs, realNowMs }: HoldTimes,
): Promise<Row | undefined> {
  let query = db
    .selectFrom('deliveries')
    .selectAll()
    .where('state', '=', sql.lit('waiting'))
    .where('due_ms', '<=', nowMs)
    .where('held_until_ms', '<=', realNowMs)
  if (busyLanes.length > 0)
    query = query.where(sql`coalesce(webhook, subscriber, channel)`, 'not in', busyLanes)
  return query.orderBy('due_ms').limit(1).executeTakeFirst()
}

async function begin(
  trx: Kysely<Schema>,
  { id, attempts }: Row,
  times: HoldTimes,
): Promise<number | undefined> {
  const attempt = attempts + 1
  const { numUpdatedRows } = await trx
    .updateTable('deliveries')
    .set({ attempts: attempt, held_until_ms: times.heldUntilMs })
    .where('id', '=', id)
    .where('attempts', '=', attempts)
    .where('state', '=', 'waiting')
    .where('held_until_ms', '<=', times.realNowMs)
    .executeTakeFirst()
  if (numUpdatedRows !== 1n) return undefined
  await trx
    .updateTable('delivery_attempts')
    .set({ error: 'Weir ended in the middle of this attempt; it may have arrived.', ms: 0 })
    .where('delivery', '=', id)
    .where('ms', 'is', null)
    .execute()
  const empty = { ms: null, status: null, error: null, response: null }
  await trx
    .insertInto('delivery_attempts')
    .values({ delivery: id, attempt, at_ms: times.nowMs, ...empty })
    .execute()
  return attempt
}

async function heldFrom(db: Kysely<Schema>, row: Row, attempt: number): Promise<HeldDelivery> {
  const { id, failures, webhook, subscriber, event, mail } = row
  if (mail !== null) return { id, attempt, failures, lane: row.channel, what: { mail: JSON.parse(mail) } }
  if (subscriber !== null && event !== null)
    return {
      id,
      attempt,
      failures,
      lane: subscriber,
      what: { subscriber, event: await readEvent(db, event) },
    }
  if (webhook === null || event === null) throw new Error(`the delivery ${id} goes nowhere`)
  return { id, attempt, failures, lane: webhook, what: { webhook, event: await readEvent(db, event) } }
}

export async function readEvent(db: Kysely<Schema>, id: string): Promise<HeldEvent> {
  const row = await db.selectFrom('events').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  return {
    id,
    // The store is the only one that writes types.
    type: row.type as EventType,
    organizationId: row.organization ?? undefined,
    atMs: row.at_ms,
    data: JSON.parse(row.data),
  }
}

/** What an attempt came to. */
export interface AttemptOutcome {
  readonly ms: number
  readonly status: number | undefined
  /** undefined: it worked. */
  readonly error: string | undefined
  readonly response: string | undefined
}

/** What follows from it. */
export type Next =
  | { readonly state: 'delivered' | 'given-up' }
  | { readonly state: 'waiting'; readonly dueMs: number; readonly failures: number }

/**
 * Writes the outcome down, and what follows. False when nothing does: another node has taken the delivery over, or it
 * was given up or deleted meanwhile.
 */
export async function endAttempt(
  trx: Kysely<Schema>,
  { id, attempt }: { readonly id: string; readonly attempt: number },
  outcome: AttemptOutcome,
  next: Next,
): Promise<boolean> {
  const more = next.state === 'waiting' ? { due_ms: next.dueMs, failures: next.failures } : {}
  const { numUpdatedRows } = await trx
    .updateTable('deliveries')
    .set({ state: next.state, held_until_ms: 0, ...more })
    .where('id', '=', id)
    .where('attempts', '=', attempt)
    .where('state', '=', 'waiting')
    .executeTakeFirst()
  const { ms, status, error, response } = outcome
  await trx
    .updateTable('delivery_attempts')
    .set({ ms, status: status ?? null, error: error ?? null, response: response ?? null })
    .where('delivery', '=', id)
    .where('attempt', '=', attempt)
    .where('ms', 'is', null)
    .execute()
  return numUpdatedRows === 1n
}

/** Ends every hold: for a node that knows that there is no other. */
export async function releaseDeliveries(db: Kysely<Schema>): Promise<void> {
  await db
    .updateTable('deliveries')
    .set({ held_until_ms: 0 })
    .where('state', '=', sql.lit('waiting'))
    .where('held_until_ms', '>', 0)
    .execute()
}

/** Nothing more is sent to this webhook. */
export async function giveUpDeliveries(db: Kysely<Schema>, webhook: string): Promise<void> {
  await db
    .updateTable('deliveries')
    .set({ state: 'given-up' })
    .where('webhook', '=', webhook)
    .where('state', '=', 'waiting')
    .execute()
}

export async function countWaiting(db: Kysely<Schema>): Promise<number> {
  const { count } = await db
    .selectFrom('deliveries')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('state', '=', sql.lit('waiting'))
    .executeTakeFirstOrThrow()
  return count
}

/**
 * Forgets deliveries, with their attempts, and events that began before `beforeMs` and are waited for no more; at most
 * `most` of each. Resolves with how many there were.
 */
export async function forgetDeliveries(db: Kysely<Schema>, beforeMs: number, most: number): Promise<number> {
  const old = await db
    .selectFrom('deliveries')
    .select('id')
    .where('state', '!=', 'waiting')
    .where('created_ms', '<', beforeMs)
    .limit(most)
    .execute()
  const ids = old.map(({ id }) => id)
  if (ids.length > 0) {
    await db.deleteFrom('delivery_attempts').where('delivery', 'in', ids).execute()
    await db.deleteFrom('deliveries').where('id', 'in', ids).execute()
  }
  const events = await db
    .selectFrom('events')
    .select('id')
    .where('at_ms', '<', beforeMs)
    .where(eb =>
      eb.not(
        eb.exists(
          eb.selectFrom('deliveries').select('deliveries.id').whereRef('deliveries.event', '=', 'events.id'),
        ),
      ),
    )
    .limit(most)
    .execute()
  const eventIds = events.map(({ id }) => id)
  if (eventIds.length > 0) await db.deleteFrom('events').where('id', 'in', eventIds).execute()
  return ids.length + eventIds.length
}
