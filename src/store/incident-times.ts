import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** When an incident was: what a claim is judged by. */
export interface IncidentTimes {
  readonly id: string
  readonly title: string
  readonly startMs: number
  /** undefined: it goes on. */
  readonly endMs: number | undefined
}

/** An incident's times, or those of the one that it was merged into; undefined: there is none. */
export async function incidentTimes(db: Kysely<Schema>, id: string): Promise<IncidentTimes | undefined> {
  const seen = new Set<string>()
  for (let next: string | null = id; next !== null && !seen.has(next);) {
    seen.add(next)
    const row = await db.selectFrom('incidents').selectAll().where('id', '=', next).executeTakeFirst()
    if (row === undefined) return undefined
    if (row.merged_into === null) return fromRow(row)
    next = row.merged_into
  }
  return undefined
}

/** Those of which some lies in `[fromMs, toMs)`, ascending by their start; merged ones are left out. */
export async function incidentsWithin(
  db: Kysely<Schema>,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<IncidentTimes[]> {
  const rows = await db
    .selectFrom('incidents')
    .selectAll()
    .where('started_ms', '<', toMs)
    .where(where => where.or([where('resolved_ms', 'is', null), where('resolved_ms', '>', fromMs)]))
    .where('merged_into', 'is', null)
    .orderBy('started_ms')
    .orderBy('id')
    .execute()
  return rows.map(fromRow)
}

function fromRow(row: Schema['incidents']): IncidentTimes {
  return {
    id: row.id,
    title: row.title,
    startMs: row.started_ms,
    endMs: row.resolved_ms ?? undefined,
  }
}
