import type { Kysely } from 'kysely'
import { touchOrganization } from './directory.ts'
import type { Schema } from './schema.ts'

/** That a customer no longer qualifies for the plan it holds, and when that ends. */
export interface PlanNotice {
  readonly id: string
  readonly organizationId: string
  readonly plan: string
  readonly because: readonly string[]
  readonly givenMs: number
  readonly endsMs: number
  /** The subscription that begins then; undefined: there is no plan that anyone may hold. */
  readonly subscriptionId: string | undefined
}

export async function addPlanNotice(db: Kysely<Schema>, notice: PlanNotice): Promise<void> {
  const { id, organizationId, plan, because, givenMs, endsMs, subscriptionId } = notice
  await db
    .insertInto('plan_notices')
    .values({
      id,
      organization: organizationId,
      plan,
      because: JSON.stringify(because),
      given_ms: givenMs,
      ends_ms: endsMs,
      subscription: subscriptionId ?? null,
      withdrawn_ms: null,
    })
    .execute()
}

/** The notice that runs at an instant, the latest of several; undefined: none does. */
export async function runningNotice(
  db: Kysely<Schema>,
  organizationId: string,
  nowMs: number,
): Promise<PlanNotice | undefined> {
  const row = await db
    .selectFrom('plan_notices')
    .selectAll()
    .where('organization', '=', organizationId)
    .where('withdrawn_ms', 'is', null)
    .where('ends_ms', '>', nowMs)
    .orderBy('given_ms', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (row === undefined) return undefined
  return {
    id: row.id,
    organizationId: row.organization,
    plan: row.plan,
    because: JSON.parse(row.because) as string[],
    givenMs: row.given_ms,
    endsMs: row.ends_ms,
    subscriptionId: row.subscription ?? undefined,
  }
}

/** Takes a notice back, and with it the subscription that was to follow. */
export async function withdrawNotice(db: Kysely<Schema>, notice: PlanNotice, nowMs: number): Promise<void> {
  await db.updateTable('plan_notices').set({ withdrawn_ms: nowMs }).where('id', '=', notice.id).execute()
  if (notice.subscriptionId === undefined) return
  await db
    .updateTable('subscriptions')
    .set({ superseded_ms: nowMs })
    .where('id', '=', notice.subscriptionId)
    .where('superseded_ms', 'is', null)
    .execute()
  await touchOrganization(db, notice.organizationId)
}
