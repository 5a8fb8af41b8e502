import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** A line that a person adds to a month's invoice; `amount` may be negative. */
export interface ManualLine {
  readonly id: string
  readonly organizationId: string
  readonly month: string
  readonly currency: string
  readonly description: string
  readonly amount: string
  readonly reason: string
  readonly author: string
  readonly createdMs: number
}

export async function addManualLine(db: Kysely<Schema>, line: ManualLine): Promise<void> {
  const { organizationId, createdMs, ...rest } = line
  await db
    .insertInto('manual_lines')
    .values({ ...rest, organization: organizationId, created_ms: createdMs })
    .execute()
}

/** Of a month, in the order in which they were added. */
export async function manualLinesOf(
  db: Kysely<Schema>,
  organizationId: string,
  month: string,
): Promise<ManualLine[]> {
  const rows = await db
    .selectFrom('manual_lines')
    .selectAll()
    .where('organization', '=', organizationId)
    .where('month', '=', month)
    .orderBy('created_ms')
    .orderBy('id')
    .execute()
  return rows.map(({ organization, created_ms: createdMs, ...rest }) => ({
    ...rest,
    organizationId: organization,
    createdMs,
  }))
}
