import type { Kysely } from 'kysely'
import type { Span, UnmeasuredSpan } from './batch.ts'
import { chunks, mergeBy } from './rows.ts'
import type { Schema } from './schema.ts'

/** The app of a span in which records of any app may be missing. */
export const ANY_APP = ''

/** Notes in which time requests were seen whose record is lost. */
export async function addUnmeasured(
  db: Kysely<Schema>,
  node: string,
  spans: readonly UnmeasuredSpan[],
): Promise<void> {
  const rows = mergeBy(
    spans.map(({ appId, fromMs, toMs }) => ({ node, app: appId ?? ANY_APP, from_ms: fromMs, to_ms: toMs })),
    row => [row.app, row.from_ms, row.to_ms],
    one => one,
  )
  for (const chunk of chunks(rows)) {
    await db
      .insertInto('unmeasured')
      .values(chunk)
      .onConflict(conflict => conflict.columns(['node', 'app', 'from_ms', 'to_ms']).doNothing())
      .execute()
  }
}

/** Time within `[fromMs, toMs)` in which records of this app may be missing, ascending; spans may overlap. */
export async function unmeasuredSpans(
  db: Kysely<Schema>,
  appId: string,
  { fromMs, toMs }: Span,
): Promise<Span[]> {
  return db
    .selectFrom('unmeasured')
    .select(['from_ms as fromMs', 'to_ms as toMs'])
    .distinct()
    .where('app', 'in', [appId, ANY_APP])
    .where('to_ms', '>', fromMs)
    .where('from_ms', '<', toMs)
    .orderBy('from_ms')
    .orderBy('to_ms')
    .execute()
}

/** Of which apps records may be missing somewhere in `[fromMs, toMs)`; `ANY_APP` among them: of any. */
export async function appsUnmeasuredWithin(db: Kysely<Schema>, { fromMs, toMs }: Span): Promise<string[]> {
  const rows = await db
    .selectFrom('unmeasured')
    .select('app')
    .distinct()
    .where('to_ms', '>', fromMs)
    .where('from_ms', '<', toMs)
    .execute()
  return rows.map(({ app }) => app)
}
