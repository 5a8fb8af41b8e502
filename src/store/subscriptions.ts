import type { Kysely } from 'kysely'
import { touchOrganization } from './directory.ts'
import type { Schema } from './schema.ts'

export interface Subscription {
  readonly id: string
  readonly organizationId: string
  readonly plan: string
  readonly supportPlan: string
  readonly addOns: readonly string[]
  readonly interval: 'monthly' | 'annual'
  readonly fromMs: number
  readonly createdMs: number
  /** Who decided it; undefined: nobody knows any more. */
  readonly author: string | undefined
}

/** Adds what holds from `fromMs` on. Whatever was to begin then or later is superseded, and stays as history. */
export async function addSubscription(db: Kysely<Schema>, subscription: Subscription): Promise<void> {
  const { id, organizationId, plan, supportPlan, addOns, interval, fromMs, createdMs, author } = subscription
  await db
    .updateTable('subscriptions')
    .set({ superseded_ms: createdMs })
    .where('organization', '=', organizationId)
    .where('from_ms', '>=', fromMs)
    .where('superseded_ms', 'is', null)
    .execute()
  await db
    .insertInto('subscriptions')
    .values({
      id,
      organization: organizationId,
      plan,
      support_plan: supportPlan,
      add_ons: JSON.stringify(addOns),
      interval,
      from_ms: fromMs,
      created_ms: createdMs,
      author: author ?? null,
      superseded_ms: null,
    })
    .execute()
  await touchOrganization(db, organizationId)
}

/** All that hold at some time, ascending by `fromMs`: the past ones, the current one, those to come. */
export async function subscriptionsOf(db: Kysely<Schema>, organizationId: string): Promise<Subscription[]> {
  const rows = await db
    .selectFrom('subscriptions')
    .selectAll()
    .where('organization', '=', organizationId)
    .where('superseded_ms', 'is', null)
    .orderBy('from_ms')
    .execute()
  return rows.map(fromRow)
}

/** A decision, also one in whose place another was taken. */
export interface DecidedSubscription extends Subscription {
  /** When that was; undefined: it holds at its time. */
  readonly supersededMs: number | undefined
}

/** All that were ever decided, ascending by `fromMs` and then by when they were decided. */
export async function everySubscription(
  db: Kysely<Schema>,
  organizationId: string,
): Promise<DecidedSubscription[]> {
  const rows = await db
    .selectFrom('subscriptions')
    .selectAll()
    .where('organization', '=', organizationId)
    .orderBy('from_ms')
    .orderBy('created_ms')
    .orderBy('id')
    .execute()
  return rows.map(row => ({ ...fromRow(row), supersededMs: row.superseded_ms ?? undefined }))
}

/** All that hold at some time, of every organization: ascending by its id, then by `fromMs`. */
export async function allSubscriptions(db: Kysely<Schema>): Promise<Subscription[]> {
  const rows = await db
    .selectFrom('subscriptions')
    .selectAll()
    .where('superseded_ms', 'is', null)
    .orderBy('organization')
    .orderBy('from_ms')
    .execute()
  return rows.map(fromRow)
}

/** What every organization holds at `nowMs` or will hold later. */
export async function heldSubscriptions(db: Kysely<Schema>, nowMs: number): Promise<Subscription[]> {
  const rows = await db
    .selectFrom('subscriptions as held')
    .selectAll()
    .where('held.superseded_ms', 'is', null)
    .where(eb =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('subscriptions as later')
            .select('later.id')
            .whereRef('later.organization', '=', 'held.organization')
            .where('later.superseded_ms', 'is', null)
            .whereRef('later.from_ms', '>', 'held.from_ms')
            .where('later.from_ms', '<=', nowMs),
        ),
      ),
    )
    .orderBy('held.organization')
    .orderBy('held.from_ms')
    .execute()
  return rows.map(fromRow)
}

/** How many organizations hold the plan or will; `except` is not counted. */
export async function countHolders(
  db: Kysely<Schema>,
  plan: string,
  nowMs: number,
  except?: string,
): Promise<number> {
  const held = await heldSubscriptions(db, nowMs)
  const holders = held.filter(each => each.plan === plan && each.organizationId !== except)
  return new Set(holders.map(({ organizationId }) => organizationId)).size
}

/** The one of `subscriptions` (ascending) that holds at `nowMs`, or else the first to come. */
export function currentSubscription(
  subscriptions: readonly Subscription[],
  nowMs: number,
): Subscription | undefined {
  return subscriptions.findLast(({ fromMs }) => fromMs <= nowMs) ?? subscriptions[0]
}

function fromRow(row: Schema['subscriptions']): Subscription {
  return {
    id: row.id,
    organizationId: row.organization,
    plan: row.plan,
    supportPlan: row.support_plan,
    addOns: JSON.parse(row.add_ons),
    interval: row.interval,
    fromMs: row.from_ms,
    createdMs: row.created_ms,
    author: row.author ?? undefined,
  }
}
