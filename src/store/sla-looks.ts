import { type Kysely, sql } from 'kysely'
import type { Schema } from './schema.ts'

/** What a month came to when it was last looked at, and a fingerprint of all that it was judged by. */
export interface SlaLook {
  readonly month: string
  readonly inputs: string
  /** JSON */
  readonly downTime: string
}

/** In the place of what was kept of the month before. */
export async function keepSlaLook(
  db: Kysely<Schema>,
  organizationId: string,
  { month, inputs, downTime }: SlaLook,
): Promise<void> {
  await db
    .insertInto('sla_looks')
    .values({ organization: organizationId, month, inputs, down_time: downTime })
    .onConflict(conflict =>
      conflict.columns(['organization', 'month']).doUpdateSet({
        inputs: sql`excluded.inputs`,
        down_time: sql`excluded.down_time`,
      }),
    )
    .execute()
}

/** undefined: it was never looked at. `downTime` is JSON, as it was kept. */
export async function findSlaLook(
  db: Kysely<Schema>,
  organizationId: string,
  month: string,
): Promise<{ readonly inputs: string; readonly downTime: string } | undefined> {
  const row = await db
    .selectFrom('sla_looks')
    .selectAll()
    .where('organization', '=', organizationId)
    .where('month', '=', month)
    .executeTakeFirst()
  return row && { inputs: row.inputs, downTime: row.down_time }
}
