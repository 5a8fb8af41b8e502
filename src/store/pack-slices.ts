import { type Transaction, sql } from 'kysely'
import type { Schema, SliceRows } from './schema.ts'
import { DAY_MS, addDay, emptyDay, packDay } from './slice-day.ts'
import { daysOf } from './slices.ts'

/** Where packing goes on: the slices of a name from an instant on. */
export interface PackPlace {
  readonly table: SliceRows
  readonly name: number
  readonly fromMs: number
}

export interface PackOptions {
  /** undefined: from the first name of all. */
  readonly place: PackPlace | undefined
  /** Slices that begin before this are packed. */
  readonly beforeMs: number
  readonly mostRows: number
}

/**
 * Takes rows of slices into the packed row of their day, until some `mostRows` are taken; says how many they were and
 * where to go on, undefined at the end. What comes later to a packed day is taken in the same way. Must run in a
 * serializable transaction: of two that pack the same day at once, one would lose the other's sum.
 */
export async function packSlices(
  trx: Transaction<Schema>,
  { place = FIRST, beforeMs, mostRows }: PackOptions,
): Promise<{ readonly rows: number; readonly next: PackPlace | undefined }> {
  let rows = 0
  let at: PackPlace | undefined = place
  for (let looks = 0; at !== undefined && rows < mostRows && looks < LOOKS_A_STEP; looks++) {
    const startMs: number | undefined = await firstSlice(trx, at, beforeMs)
    if (startMs === undefined) {
      at = await nextName(trx, at)
      continue
    }
    const endMs = Math.min(beforeMs, startMs - (startMs % WINDOW_MS) + WINDOW_MS)
    rows += await packWindow(trx, at, { startMs, endMs })
    at = { ...at, fromMs: endMs }
  }
  return { rows, next: at }
}

/** So much of a name is taken at once: 1,080 rows of ten seconds, 10,800 of one. A day is a multiple of it. */
const WINDOW_MS = 3 * 3_600_000
/** A name that has nothing to pack costs two look-ups, and a step holds up whoever writes. */
const LOOKS_A_STEP = 200
/** Before every name, also that of all apps, which is 0. */
const NO_NAME = -1
const FIRST: PackPlace = { table: 'app_slices', name: NO_NAME, fromMs: 0 }

async function firstSlice(
  trx: Transaction<Schema>,
  { table, name, fromMs }: PackPlace,
  beforeMs: number,
): Promise<number | undefined> {
  const found = await trx
    .selectFrom(table)
    .select(({ fn }) => fn.min('slice_ms').as('startMs'))
    .where('name', '=', name)
    .where('slice_ms', '>=', fromMs)
    .where('slice_ms', '<', beforeMs)
    .executeTakeFirst()
  return found?.startMs ?? undefined
}

async function nextName(
  trx: Transaction<Schema>,
  { table, name }: PackPlace,
): Promise<PackPlace | undefined> {
  const found = await trx
    .selectFrom(table)
    .select(({ fn }) => fn.min('name').as('name'))
    .where('name', '>', name)
    .executeTakeFirst()
  if (typeof found?.name === 'number') return { table, name: found.name, fromMs: 0 }
  return table === 'app_slices' ? { ...FIRST, table: 'endpoint_slices' } : undefined
}

/** What is deleted is what is added, in one statement: a row that grows meanwhile is either in both or in neither. */
async function packWindow(
  trx: Transaction<Schema>,
  { table, name }: PackPlace,
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
): Promise<number> {
  const taken = await trx
    .deleteFrom(table)
    .where('name', '=', name)
    .where('slice_ms', '>=', startMs)
    .where('slice_ms', '<', endMs)
    // A day has a place for it, and the packing can say it; no recorder writes others, and they would stay rows.
    .where(sql<boolean>`86400 % seconds = 0 and slice_ms % (seconds * 1000) = 0`)
    .where(sql<boolean>`abs(valid) <= ${MOST_COUNT} and abs(failed) <= ${MOST_COUNT}`)
    .returning(['slice_ms as sliceMs', 'seconds', 'valid', 'failed'])
    .execute()
  const dayMs = startMs - (startMs % DAY_MS)
  for (const [seconds, slices] of Map.groupBy(taken, row => row.seconds)) {
    const key = { name, day_ms: dayMs, seconds }
    const day = emptyDay(seconds)
    const packed = await packedDay(trx, table, key)
    if (packed !== undefined) addDay(packed, seconds, day)
    for (const { sliceMs, valid, failed } of slices) {
      const at = (sliceMs - dayMs) / (seconds * 1000)
      day.valid[at]! += valid
      day.failed[at]! += failed
    }
    await trx
      .insertInto(daysOf(table))
      .values({ ...key, counts: packDay(day) })
      .onConflict(conflict =>
        conflict.columns(['name', 'day_ms', 'seconds']).doUpdateSet({ counts: sql`excluded.counts` }),
      )
      .execute()
  }
  return taken.length
}

/** A slice of a minute would need 18 million requests a second for more. */
const MOST_COUNT = 2 ** 30

async function packedDay(
  trx: Transaction<Schema>,
  table: SliceRows,
  key: { readonly name: number; readonly day_ms: number; readonly seconds: number },
): Promise<Uint8Array | undefined> {
  const found = await trx
    .selectFrom(daysOf(table))
    .select('counts')
    .where('name', '=', key.name)
    .where('day_ms', '=', key.day_ms)
    .where('seconds', '=', key.seconds)
    .executeTakeFirst()
  return found?.counts
}
