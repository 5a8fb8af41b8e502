import { type Kysely, sql } from 'kysely'
import type { SliceCounts, SliceGrid } from '../core/availability/slice-grid.ts'
import { createSliceSums } from '../core/availability/slice-sums.ts'
import type { SliceCount } from './batch.ts'
import { knownNumbers, numbersOf } from './names.ts'
import { chunks, mergeBy } from './rows.ts'
import type { Schema, SliceRows } from './schema.ts'
import { DAY_MS, addDay, emptyDay, slicesADay } from './slice-day.ts'

/**
 * Availability's counts, kept twice and small: by app, which an SLA is judged by, and by endpoint over all apps, of
 * which the status page's components are made. By app and endpoint at once would be their product of rows. What is final
 * lies packed, a row a day (pack-slices.ts); what comes is a row a slice, also for a day that is packed.
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
  table: SliceRows,
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

/** The table of packed days beside one of rows. */
export function daysOf(table: SliceRows) {
  return table === 'app_slices' ? 'app_slice_days' : 'endpoint_slice_days'
}

/** A packed day, or one slice: then `counts` is null. */
export interface SlicePiece {
  readonly atMs: number
  readonly seconds: number
  readonly counts: Uint8Array | null
  readonly valid: number
  readonly failed: number
}

/** What was recorded of an app's slices that may lie on a grid, as it is stored, in no order. */
export async function appPieces(db: Kysely<Schema>, appId: string, grid: SliceGrid): Promise<SlicePiece[]> {
  return piecesOf(db, 'app_slices', [...(await knownNumbers(db, [appId])).values()], grid)
}

/** The counts of these endpoints together, over all apps. */
export async function endpointCounts(
  db: Kysely<Schema>,
  endpoints: readonly string[],
  grid: SliceGrid,
): Promise<SliceCounts> {
  const numbers = [...(await knownNumbers(db, endpoints)).values()]
  return countsOf(await piecesOf(db, 'endpoint_slices', numbers, grid), grid)
}

/** The counts of all apps together: what decides where one app alone has too few requests. */
export async function allAppsCounts(db: Kysely<Schema>, grid: SliceGrid): Promise<SliceCounts> {
  return countsOf(await piecesOf(db, 'endpoint_slices', [ALL_APPS], grid), grid)
}

/** What pieces come to on a grid. */
export function countsOf(pieces: readonly SlicePiece[], grid: SliceGrid): SliceCounts {
  const sums = createSliceSums(grid)
  for (const { atMs, seconds, counts, valid, failed } of pieces) {
    if (counts === null) {
      sums.add(atMs, valid, failed)
      continue
    }
    const place = sums.placeOf({ startMs: atMs, seconds, length: slicesADay(seconds) })
    if (place !== undefined) {
      addDay(counts, seconds, sums, place)
      continue
    }
    const day = emptyDay(seconds)
    addDay(counts, seconds, day)
    sums.addRun({ startMs: atMs, seconds, ...day })
  }
  return sums.counts()
}

/** Packed days and rows, in one statement: packing moves slices from one to the other, and each is seen in one. */
async function piecesOf(
  db: Kysely<Schema>,
  table: SliceRows,
  names: readonly number[],
  { startMs, seconds: gridSeconds, length }: SliceGrid,
): Promise<SlicePiece[]> {
  if (names.length === 0) return []
  const endMs = startMs + length * gridSeconds * 1000
  const rows = db
    .selectFrom(table)
    .select(['slice_ms as atMs', 'seconds', sql<Uint8Array | null>`null`.as('counts'), 'valid', 'failed'])
    .where('name', 'in', names)
    .where('slice_ms', '>=', startMs)
    .where('slice_ms', '<', endMs)
  return db
    .selectFrom(daysOf(table))
    .select(['day_ms as atMs', 'seconds', sql<Uint8Array | null>`counts`.as('counts')])
    .select([sql<number>`0`.as('valid'), sql<number>`0`.as('failed')])
    .where('name', 'in', names)
    .where('day_ms', '>', startMs - DAY_MS)
    .where('day_ms', '<', endMs)
    .unionAll(rows)
    .execute()
}
