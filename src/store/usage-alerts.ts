import { type Kysely, sql } from 'kysely'
import type { Schema } from './schema.ts'

/** A share of what is allowed that was reached in a month. */
export interface UsageAlert {
  readonly organizationId: string
  /** UTC, `YYYY-MM` */
  readonly month: string
  readonly subject: string
  readonly percent: number
  readonly used: number
  readonly allowed: number
  readonly atMs: number
}

/**
 * Keeps an alert, once a month, subject, share and what was allowed; false if it was given before, by whatever node.
 * Of a larger allowance a share is news again: that of the smaller one says nothing about it.
 */
export async function addUsageAlert(db: Kysely<Schema>, alert: UsageAlert): Promise<boolean> {
  const { organizationId, atMs, ...rest } = alert
  const added = await db
    .insertInto('usage_alerts')
    .values({ organization: organizationId, at_ms: atMs, ...rest })
    .onConflict(conflict =>
      conflict
        .columns(['organization', 'month', 'subject', 'percent'])
        .doUpdateSet({
          used: sql`excluded.used`,
          allowed: sql`excluded.allowed`,
          at_ms: sql`excluded.at_ms`,
        })
        .where(sql<boolean>`excluded.allowed > usage_alerts.allowed`),
    )
    .returning('percent')
    .executeTakeFirst()
  return added !== undefined
}
