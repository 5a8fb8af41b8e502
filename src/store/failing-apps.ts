import { type Kysely, sql } from 'kysely'
import type { Schema } from './schema.ts'

/**
 * The ids of apps of which a request failed in a slice that starts in `[fromMs, toMs)`, as far as slices are kept one by
 * one: an index holds just those with failures, so that asking each minute costs what failed and not what was served.
 */
export async function appsFailingWithin(
  db: Kysely<Schema>,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<string[]> {
  const rows = await db
    .selectFrom('app_slices')
    .innerJoin('recorded_names', 'recorded_names.number', 'app_slices.name')
    .select('recorded_names.name as app')
    .distinct()
    .where('slice_ms', '>=', fromMs)
    .where('slice_ms', '<', toMs)
    .where('failed', '>', sql.lit(0))
    .execute()
  return rows.map(({ app }) => app)
}
