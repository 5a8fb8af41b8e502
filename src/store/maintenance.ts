import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** A window of announced work, as `core/availability/maintenance.ts` judges it. */
export interface MaintenanceWindow {
  readonly id: string
  readonly title: string
  readonly startMs: number
  readonly endMs: number
  readonly announcedMs: number
  readonly cancelledMs: number | undefined
  /** The window that this one extends. */
  readonly extends: string | undefined
  readonly author: string
}

export async function addMaintenance(db: Kysely<Schema>, window: MaintenanceWindow): Promise<void> {
  const { startMs, endMs, announcedMs, cancelledMs, ...rest } = window
  await db
    .insertInto('maintenance')
    .values({
      ...rest,
      extends: rest.extends ?? null,
      start_ms: startMs,
      end_ms: endMs,
      announced_ms: announcedMs,
      cancelled_ms: cancelledMs ?? null,
    })
    .execute()
}

/** Cancels a window once; false if there is none, or it was cancelled before. */
export async function cancelMaintenance(db: Kysely<Schema>, id: string, atMs: number): Promise<boolean> {
  const changed = await db
    .updateTable('maintenance')
    .set({ cancelled_ms: atMs })
    .where('id', '=', id)
    .where('cancelled_ms', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return changed !== undefined
}

export async function findMaintenance(
  db: Kysely<Schema>,
  id: string,
): Promise<MaintenanceWindow | undefined> {
  const row = await db.selectFrom('maintenance').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : fromRow(row)
}

/** The window that extends this one, and was not cancelled. */
export async function extensionOf(db: Kysely<Schema>, id: string): Promise<MaintenanceWindow | undefined> {
  const row = await db
    .selectFrom('maintenance')
    .selectAll()
    .where('extends', '=', id)
    .where('cancelled_ms', 'is', null)
    .executeTakeFirst()
  return row === undefined ? undefined : fromRow(row)
}

/** Windows of which some lies in `[fromMs, toMs)`, ascending by their start. */
export async function maintenanceWithin(
  db: Kysely<Schema>,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<MaintenanceWindow[]> {
  const rows = await db
    .selectFrom('maintenance')
    .selectAll()
    .where('end_ms', '>', fromMs)
    .where('start_ms', '<', toMs)
    .orderBy('start_ms')
    .orderBy('id')
    .execute()
  return rows.map(fromRow)
}

function fromRow(row: Schema['maintenance']): MaintenanceWindow {
  return {
    id: row.id,
    title: row.title,
    startMs: row.start_ms,
    endMs: row.end_ms,
    announcedMs: row.announced_ms,
    cancelledMs: row.cancelled_ms ?? undefined,
    extends: row.extends ?? undefined,
    author: row.author,
  }
}
