import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { chunks } from '../rows.ts'
import { addDay, emptyDay } from '../slice-day.ts'
import { runDdl } from './ddl.ts'

/** Slices that are final, a row a day instead of a row a slice, with their counts packed as slice-day.ts says. */
export const sliceDays: Migration = {
  async up(db) {
    for (const days of ['app_slice_days', 'endpoint_slice_days']) {
      await runDdl(db, [
        `create table ${days} (
  name integer not null,
  day_ms integer not null,
  seconds integer not null,
  counts blob not null,
  primary key (name, day_ms, seconds)
) strict`,
      ])
    }
    await runDdl(db, [looks])
  },
  /** Every day becomes rows again, added to those that came after it was packed. */
  async down(db) {
    await unpack(db as Kysely<Tables>, 'app_slices', 'app_slice_days')
    await unpack(db as Kysely<Tables>, 'endpoint_slices', 'endpoint_slice_days')
    await runDdl(db, ['drop table sla_looks', 'drop table app_slice_days', 'drop table endpoint_slice_days'])
  },
}

/** What a closed month was judged by when it was last looked at: the same facts need no second judgement. */
const looks = `create table sla_looks (
  organization text not null,
  month text not null,
  inputs text not null,
  down_time text not null,
  primary key (organization, month)
) strict, without rowid`

/** What the unpacking touches. */
interface Tables {
  app_slices: SliceRow
  endpoint_slices: SliceRow
  app_slice_days: DayRow
  endpoint_slice_days: DayRow
}
interface SliceRow {
  name: number
  slice_ms: number
  seconds: number
  valid: number
  failed: number
}
interface DayRow {
  name: number
  day_ms: number
  seconds: number
  counts: Uint8Array
}

async function unpack(
  db: Kysely<Tables>,
  table: 'app_slices' | 'endpoint_slices',
  days: 'app_slice_days' | 'endpoint_slice_days',
): Promise<void> {
  const keys = await db.selectFrom(days).select(['name', 'day_ms', 'seconds']).execute()
  for (const { name, day_ms, seconds } of keys) {
    const { counts } = await db
      .selectFrom(days)
      .select('counts')
      .where('name', '=', name)
      .where('day_ms', '=', day_ms)
      .where('seconds', '=', seconds)
      .executeTakeFirstOrThrow()
    for (const chunk of chunks(rowsOf({ name, day_ms, seconds, counts }))) {
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
}

function rowsOf({ name, day_ms, seconds, counts }: DayRow): SliceRow[] {
  const day = emptyDay(seconds)
  addDay(counts, seconds, day)
  const rows: SliceRow[] = []
  day.valid.forEach((valid, at) => {
    const failed = day.failed[at]!
    if (valid === 0 && failed === 0) return
    rows.push({ name, slice_ms: day_ms + at * seconds * 1000, seconds, valid, failed })
  })
  return rows
}
