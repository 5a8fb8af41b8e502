import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

export interface AuditEntry {
  /** Rising in the order in which the changes happened. */
  readonly number: number
  readonly atMs: number
  /** `operator`, the id of a member or an app, or `weir` for what it did by itself. */
  readonly actor: string
  readonly action: string
  readonly subject: string
  readonly organizationId: string | undefined
  /** What changed. Never a secret. */
  readonly details: Readonly<Record<string, unknown>>
}

/** Belongs into the transaction of the change it tells of. */
export async function addAuditEntry(db: Kysely<Schema>, entry: Omit<AuditEntry, 'number'>): Promise<void> {
  await db
    .insertInto('audit')
    .values({
      at_ms: entry.atMs,
      actor: entry.actor,
      action: entry.action,
      subject: entry.subject,
      organization: entry.organizationId ?? null,
      details: JSON.stringify(entry.details),
    })
    .execute()
}

/** Newest first. */
export async function listAudit(
  db: Kysely<Schema>,
  page: { limit: number; below?: number | undefined; organizationId?: string | undefined },
): Promise<AuditEntry[]> {
  let query = db.selectFrom('audit').selectAll()
  if (page.organizationId !== undefined) query = query.where('organization', '=', page.organizationId)
  if (page.below !== undefined) query = query.where('number', '<', page.below)
  const rows = await query.orderBy('number', 'desc').limit(page.limit).execute()
  return rows.map(row => ({
    number: row.number,
    atMs: row.at_ms,
    actor: row.actor,
    action: row.action,
    subject: row.subject,
    organizationId: row.organization ?? undefined,
    details: JSON.parse(row.details),
  }))
}
