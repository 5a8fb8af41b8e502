import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** What a customer asked for under an SLA whose credits are not given unasked. */
export interface Claim {
  readonly id: string
  readonly organizationId: string
  /** The incident's id; or of down time that is no incident, its span as an ISO 8601 interval. */
  readonly incident: string
  readonly subject: string
  readonly text: string
  /** It came in time. */
  readonly accepted: boolean
  readonly author: string
  readonly createdMs: number
}

/** One an organization and incident: a second is refused by the database. */
export async function addClaim(db: Kysely<Schema>, claim: Claim): Promise<void> {
  const { organizationId, text, accepted, createdMs, ...rest } = claim
  await db
    .insertInto('claims')
    .values({
      ...rest,
      organization: organizationId,
      message: text,
      accepted: Number(accepted),
      created_ms: createdMs,
    })
    .execute()
}

/** Oldest first. */
export async function claimsOf(db: Kysely<Schema>, organizationId: string): Promise<Claim[]> {
  const rows = await db
    .selectFrom('claims')
    .selectAll()
    .where('organization', '=', organizationId)
    .orderBy('created_ms')
    .orderBy('id')
    .execute()
  return rows.map(row => ({
    id: row.id,
    organizationId: row.organization,
    incident: row.incident,
    subject: row.subject,
    text: row.message,
    accepted: row.accepted === 1,
    author: row.author,
    createdMs: row.created_ms,
  }))
}
