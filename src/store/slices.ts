import { type Kysely, sql } from 'kysely'
import type { SliceCount } from './batch.ts'
import { numbersOf } from './names.ts'
import { chunks, mergeBy } from './rows.ts'
import type { Schema } from './schema.ts'

/**
 * Availability's counts, kept twice and small: by app, which an SLA is judged by, and by endpoint over all apps, of
 * which the status page's components are made. By app and endpoint at once would be their product of rows.
 */
export async function addSlices(
  db: Kysely<Schema>,
  ofApps: readonly SliceCount[],
  ofEndpoints: readonly SliceCount[],
): Promise<void> {
  const names = [...ofApps, ...ofEndpoints].map(({ name }) => name)
  if (names.length === 0) return
  const numbers = new Map([...(await numbersOf(db, names)), [ALL, ALL_APPS]])
  await addTo(db, 'app_slices', numbers, ofApps)
  await addTo(db, 'endpoint_slices', numbers, [
    ...ofEndpoints.map(each => ({ ...each, name: ALL })),
    ...ofEndpoints,
  ])
}

/** Under no name's number stand the endpoints' sums: every report needs them, and adding them up takes a second. */
const ALL_APPS = 0
/** No endpoint is called so: it stands for them in the list alone, and is no recorded name. */
const ALL = '\0'

async function addTo(
  db: Kysely<Schema>,
  table: 'app_slices' | 'endpoint_slices',
  numbers: ReadonlyMap<string, number>,
  slices: readonly SliceCount[],
): Promise<void> {
  const rows = mergeBy(
    slices.map(({ name, sliceMs, seconds, valid, failed }) => ({
      name: numbers.get(name)!,
      slice_ms: sliceMs,
      seconds,
      valid,
      failed,
    })),
    row => [row.name, row.slice_ms, row.seconds],
    (one, other) => ({ ...one, valid: one.valid + other.valid, failed: one.failed + other.failed }),
  )
  for (const chunk of chunks(rows)) {
    await db
      .insertInto(table)
      .values(chunk)
      .onConflict(conflict =>
        conflict.columns(['name', 'slice_ms', 'seconds']).doUpdateSet({
          valid: sql`${sql.ref(`${table}.valid`)} + excluded.valid`,
          failed: sql`${sql.ref(`${table}.failed`)} + excluded.failed`,
        }),
      )
      .execute()
  }
}

/** Slices that start in `[fromMs, toMs)`. */
interface SliceSpan {
  readonly fromMs: number
  readonly toMs: number
}

/** An app's slices in which something valid arrived, ascending. */
export async function appSlices(
  db: Kysely<Schema>,
  appId: string,
  span: SliceSpan,
): Promise<Omit<SliceCount, 'name'>[]> {
  const known = db.selectFrom('recorded_names').select('number').where('name', '=', appId)
  const row = await known.executeTakeFirst()
  return row === undefined ? [] : slicesOf(db, 'app_slices', row.number, span)
}

/** The slices of each of these endpoints over all apps, ascending by time, then by name. */
export async function endpointSlices(
  db: Kysely<Schema>,
  endpoints: readonly string[],
  { fromMs, toMs }: SliceSpan,
): Promise<SliceCount[]> {
  if (endpoints.length === 0) return []
  return db
    .selectFrom('endpoint_slices')
    .innerJoin('recorded_names', 'recorded_names.number', 'endpoint_slices.name')
    .select(['recorded_names.name as name', 'slice_ms as sliceMs', 'seconds', 'valid', 'failed'])
    .where('recorded_names.name', 'in', endpoints)
    .where('slice_ms', '>=', fromMs)
    .where('slice_ms', '<', toMs)
    .where(where => where.or([where('valid', '<>', 0), where('failed', '<>', 0)]))
    .orderBy('slice_ms')
    .orderBy('recorded_names.name')
    .orderBy('seconds')
    .execute()
}

/** The slices of all apps together, ascending: what decides where one app alone has too few requests. */
export async function slicesOfAllApps(
  db: Kysely<Schema>,
  span: SliceSpan,
): Promise<Omit<SliceCount, 'name'>[]> {
  return slicesOf(db, 'endpoint_slices', ALL_APPS, span)
}

/** The slices of these endpoints together, over all apps, ascending. */
export async function slicesOfEndpoints(
  db: Kysely<Schema>,
  endpoints: readonly string[],
  { fromMs, toMs }: SliceSpan,
): Promise<Omit<SliceCount, 'name'>[]> {
  if (endpoints.length === 0) return []
  return db
    .selectFrom('endpoint_slices')
    .innerJoin('recorded_names', 'recorded_names.number', 'endpoint_slices.name')
    .select(({ fn }) => [
      'slice_ms as sliceMs',
      'seconds',
      fn.sum<number>('valid').as('valid'),
      fn.sum<number>('failed').as('failed'),
    ])
    .where('recorded_names.name', 'in', endpoints)
    .where('slice_ms', '>=', fromMs)
    .where('slice_ms', '<', toMs)
    .groupBy(['slice_ms', 'seconds'])
    .orderBy('slice_ms')
    .orderBy('seconds')
    .execute()
}

/** A slice whose requests were all left by their clients is as one that nothing reached. */
async function slicesOf(
  db: Kysely<Schema>,
  table: 'app_slices' | 'endpoint_slices',
  number: number,
  { fromMs, toMs }: SliceSpan,
): Promise<Omit<SliceCount, 'name'>[]> {
  return db
    .selectFrom(table)
    .select(['slice_ms as sliceMs', 'seconds', 'valid', 'failed'])
    .where('name', '=', number)
    .where('slice_ms', '>=', fromMs)
    .where('slice_ms', '<', toMs)
    .where(where => where.or([where('valid', '<>', 0), where('failed', '<>', 0)]))
    .orderBy('slice_ms')
    .orderBy('seconds')
    .execute()
}
