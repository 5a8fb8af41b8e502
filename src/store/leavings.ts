import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** That a customer leaves: from `atMs` on it holds no plan. */
export interface Leaving {
  readonly atMs: number
  readonly reason: string
  readonly author: string
}

export async function leavingOf(db: Kysely<Schema>, organizationId: string): Promise<Leaving | undefined> {
  const row = await db
    .selectFrom('leavings')
    .selectAll()
    .where('organization', '=', organizationId)
    .executeTakeFirst()
  return row === undefined ? undefined : { atMs: row.at_ms, reason: row.reason, author: row.author }
}

/** undefined: it stays after all. */
export async function setLeaving(
  db: Kysely<Schema>,
  organizationId: string,
  leaving: Leaving | undefined,
): Promise<void> {
  await db.deleteFrom('leavings').where('organization', '=', organizationId).execute()
  if (leaving === undefined) return
  const { atMs, reason, author } = leaving
  await db
    .insertInto('leavings')
    .values({ organization: organizationId, at_ms: atMs, reason, author })
    .execute()
}

/** Of every customer that left or will, by its id. */
export async function allLeavings(db: Kysely<Schema>): Promise<Map<string, Leaving>> {
  const rows = await db.selectFrom('leavings').selectAll().execute()
  return new Map(
    rows.map(({ organization, at_ms: atMs, reason, author }) => [organization, { atMs, reason, author }]),
  )
}
