import type { Kysely } from 'kysely'
import type { Connection } from '../core/metering/connection.ts'
import type { Span } from '../core/time/span.ts'
import type { Schema } from './schema.ts'

/** The connections of an organization's apps that were open at some instant of the span. */
export async function connectionsOf(
  db: Kysely<Schema>,
  organizationId: string,
  { startMs, endMs }: Span,
): Promise<Connection[]> {
  const rows = await db
    .selectFrom('connections')
    .innerJoin('apps', 'apps.id', 'connections.app')
    .selectAll('connections')
    .where('apps.organization', '=', organizationId)
    .where('connections.opened_ms', '<', endMs)
    .where(eb => eb.or([eb('closed_ms', 'is', null), eb('closed_ms', '>', startMs)]))
    .execute()
  return rows.map(row => ({
    id: row.id,
    app: row.app,
    platform: row.platform,
    user: row.user ?? undefined,
    openMs: row.opened_ms,
    closeMs: row.closed_ms ?? undefined,
  }))
}
