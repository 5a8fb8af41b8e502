import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** What a closed month came to under an SLA. It never changes. */
export interface SlaMonth<Report> {
  readonly month: string
  readonly report: Report
  readonly closedMs: number
}

/** Once an organization and month: a second time is refused by the database. */
export async function addSlaMonth(
  db: Kysely<Schema>,
  organizationId: string,
  { month, report, closedMs }: SlaMonth<object>,
  creditId: string | undefined,
): Promise<void> {
  await db
    .insertInto('sla_months')
    .values({
      organization: organizationId,
      month,
      report: JSON.stringify(report),
      credit: creditId ?? null,
      closed_ms: closedMs,
    })
    .execute()
}

/** undefined: the month is not closed. `Report` is what was written. */
export async function findSlaMonth<Report>(
  db: Kysely<Schema>,
  organizationId: string,
  month: string,
): Promise<SlaMonth<Report> | undefined> {
  const row = await db
    .selectFrom('sla_months')
    .selectAll()
    .where('organization', '=', organizationId)
    .where('month', '=', month)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const report: Report = JSON.parse(row.report)
  return { month, report, closedMs: row.closed_ms }
}

/** Notes for which month a credit was given; belongs into the transaction that grants it. */
export async function addSlaCredit(
  db: Kysely<Schema>,
  credit: { readonly id: string; readonly organizationId: string; readonly month: string },
): Promise<void> {
  const { id, organizationId, month } = credit
  await db.insertInto('sla_credits').values({ credit: id, organization: organizationId, month }).execute()
}

export interface SlaCredit {
  readonly id: string
  readonly month: string
  readonly amount: string
  readonly currency: string
  readonly reason: string
  readonly grantedMs: number
}

/** What was given for a month, or for that one and all later ones, oldest first. */
export async function slaCreditsOf(
  db: Kysely<Schema>,
  organizationId: string,
  { month }: { readonly month: string },
): Promise<SlaCredit[]> {
  const rows = await db
    .selectFrom('sla_credits')
    .innerJoin('credits', 'credits.id', 'sla_credits.credit')
    .select(['credits.id', 'month', 'amount', 'currency', 'reason', 'granted_ms'])
    .where('sla_credits.organization', '=', organizationId)
    .where('month', '=', month)
    .orderBy('granted_ms')
    .orderBy('credits.id')
    .execute()
  return rows.map(({ granted_ms: grantedMs, ...rest }) => ({ ...rest, grantedMs }))
}
