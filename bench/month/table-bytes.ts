import { type Kysely, PostgresAdapter, sql } from 'kysely'
import type { Schema } from '../../src/store/schema.ts'

/** Bytes that tables take with their indexes; on SQLite those of the whole file without its free pages. */
export async function bytesOf(db: Kysely<Schema>, tables: readonly (keyof Schema)[]): Promise<number> {
  const names = sql.join(tables)
  const query =
    db.getExecutor().adapter instanceof PostgresAdapter
      ? sql<{ n: number }>`
          select sum(pg_total_relation_size(oid)) as n from pg_class where relname in (${names})`
      : sql<{ n: number }>`
          select (page_count - freelist_count) * page_size as n
          from pragma_page_count, pragma_freelist_count, pragma_page_size`
  const { rows } = await query.execute(db)
  return Number(rows[0]!.n)
}
