import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** A month of an organization that was billed, or found to have nothing to bill. */
export interface ClosedMonth {
  readonly month: string
  /** undefined: nothing was to be billed. */
  readonly invoiceId: string | undefined
  readonly closedMs: number
}

/** Once an organization and month: a second time is refused by the database. */
export async function addClosedMonth(
  db: Kysely<Schema>,
  { organizationId, month, invoiceId, closedMs }: ClosedMonth & { readonly organizationId: string },
): Promise<void> {
  await db
    .insertInto('closed_months')
    .values({ organization: organizationId, month, invoice: invoiceId ?? null, closed_ms: closedMs })
    .execute()
}

/** Newest first. */
export async function closedMonthsOf(db: Kysely<Schema>, organizationId: string): Promise<ClosedMonth[]> {
  const rows = await db
    .selectFrom('closed_months')
    .selectAll()
    .where('organization', '=', organizationId)
    .orderBy('month', 'desc')
    .execute()
  return rows.map(row => ({ month: row.month, invoiceId: row.invoice ?? undefined, closedMs: row.closed_ms }))
}

export async function isClosedMonth(
  db: Kysely<Schema>,
  organizationId: string,
  month: string,
): Promise<boolean> {
  const row = await db
    .selectFrom('closed_months')
    .select('month')
    .where('organization', '=', organizationId)
    .where('month', '=', month)
    .executeTakeFirst()
  return row !== undefined
}

/** Which of these months are closed for an organization, or without one for any; ascending. */
export async function closedAmong(
  db: Kysely<Schema>,
  months: readonly string[],
  organizationId: string | undefined,
): Promise<string[]> {
  let query = db.selectFrom('closed_months').select('month').distinct().where('month', 'in', months)
  if (organizationId !== undefined) query = query.where('organization', '=', organizationId)
  return (await query.orderBy('month').execute()).map(({ month }) => month)
}

/** Every organization that ever held a plan, with the instant of its first; ascending by id. */
export async function firstSubscriptions(
  db: Kysely<Schema>,
): Promise<{ organizationId: string; fromMs: number }[]> {
  const rows = await db
    .selectFrom('subscriptions')
    .select(({ fn }) => ['organization', fn.min<number>('from_ms').as('from_ms')])
    .where('superseded_ms', 'is', null)
    .groupBy('organization')
    .orderBy('organization')
    .execute()
  return rows.map(row => ({ organizationId: row.organization, fromMs: row.from_ms }))
}

/** When the first plan of all began; undefined: nobody ever held one. */
export async function earliestSubscriptionMs(db: Kysely<Schema>): Promise<number | undefined> {
  const row = await db
    .selectFrom('subscriptions')
    .select(({ fn }) => fn.min<number | null>('from_ms').as('from_ms'))
    .where('superseded_ms', 'is', null)
    .executeTakeFirst()
  return row?.from_ms ?? undefined
}
