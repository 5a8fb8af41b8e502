import { type Kysely, PostgresAdapter, sql } from 'kysely'
import type { Schema } from './schema.ts'

/** The database server's clock in Unix milliseconds; undefined where the store has no clock but the process's own. */
export async function readStoreClock(db: Kysely<Schema>): Promise<number | undefined> {
  if (!(db.getExecutor().adapter instanceof PostgresAdapter)) return undefined
  const { rows } = await sql<{ ms: number }>`
    select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms
  `.execute(db)
  return rows[0]!.ms
}

/** Resolves once the store has answered; rejects while it cannot be reached. */
export async function askStore(db: Kysely<Schema>): Promise<void> {
  await sql`select 1`.execute(db)
}
