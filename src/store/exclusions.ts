import type { Kysely } from 'kysely'
import type { ExclusionReason } from '../core/availability/exclusions.ts'
import type { Schema } from './schema.ts'

/** Time that a person says counts against no SLA, to the second. It is never deleted, only withdrawn. */
export interface RecordedExclusion {
  readonly id: string
  /** undefined: it holds for all. */
  readonly organizationId: string | undefined
  readonly reason: ExclusionReason
  readonly startMs: number
  readonly endMs: number
  readonly text: string
  readonly author: string
  readonly createdMs: number
  readonly withdrawn: { readonly atMs: number; readonly author: string; readonly reason: string } | undefined
}

export async function addExclusion(
  db: Kysely<Schema>,
  exclusion: Omit<RecordedExclusion, 'withdrawn'>,
): Promise<void> {
  const { organizationId, startMs, endMs, createdMs, text, ...rest } = exclusion
  await db
    .insertInto('exclusions')
    .values({
      ...rest,
      organization: organizationId ?? null,
      start_ms: startMs,
      end_ms: endMs,
      explanation: text,
      created_ms: createdMs,
    })
    .execute()
}

export async function findExclusion(db: Kysely<Schema>, id: string): Promise<RecordedExclusion | undefined> {
  const row = await db.selectFrom('exclusions').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : fromRow(row)
}

/** Withdraws one, once; false if there is none, or it was withdrawn before. */
export async function withdrawExclusion(
  db: Kysely<Schema>,
  id: string,
  { atMs, author, reason }: { readonly atMs: number; readonly author: string; readonly reason: string },
): Promise<boolean> {
  const changed = await db
    .updateTable('exclusions')
    .set({ withdrawn_ms: atMs, withdrawn_by: author, withdrawn_reason: reason })
    .where('id', '=', id)
    .where('withdrawn_ms', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return changed !== undefined
}

/**
 * Exclusions of which some lies in `[fromMs, toMs)`, ascending by their start, withdrawn ones too: of one organization
 * with those that hold for all, or without one every one.
 */
export async function exclusionsWithin(
  db: Kysely<Schema>,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  organizationId?: string,
): Promise<RecordedExclusion[]> {
  let query = db
    .selectFrom('exclusions')
    .selectAll()
    .where('end_ms', '>', fromMs)
    .where('start_ms', '<', toMs)
  if (organizationId !== undefined)
    query = query.where(where =>
      where.or([where('organization', 'is', null), where('organization', '=', organizationId)]),
    )
  const rows = await query.orderBy('start_ms').orderBy('id').execute()
  return rows.map(fromRow)
}

function fromRow(row: Schema['exclusions']): RecordedExclusion {
  return {
    id: row.id,
    organizationId: row.organization ?? undefined,
    reason: row.reason,
    startMs: row.start_ms,
    endMs: row.end_ms,
    text: row.explanation,
    author: row.author,
    createdMs: row.created_ms,
    withdrawn:
      row.withdrawn_ms === null
        ? undefined
        : { atMs: row.withdrawn_ms, author: row.withdrawn_by!, reason: row.withdrawn_reason! },
  }
}
