import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** The evidence file of a closed month. It is written once and never changes. */
export interface StoredEvidence {
  readonly organizationId: string
  readonly month: string
  /** JSON lines */
  readonly file: Uint8Array
  /** SHA-256 of the last record, hex */
  readonly head: string
  /** Ed25519, base64url */
  readonly signature: string
  readonly createdMs: number
}

/** Once an organization and month: a second time is refused by the database. */
export async function addEvidence(db: Kysely<Schema>, evidence: StoredEvidence): Promise<void> {
  const { organizationId, month, file, head, signature, createdMs } = evidence
  await db
    .insertInto('evidence')
    .values({ organization: organizationId, month, file, head, signature, created_ms: createdMs })
    .execute()
}

export async function findEvidence(
  db: Kysely<Schema>,
  organizationId: string,
  month: string,
): Promise<StoredEvidence | undefined> {
  const row = await db
    .selectFrom('evidence')
    .selectAll()
    .where('organization', '=', organizationId)
    .where('month', '=', month)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { organization, created_ms: createdMs, ...rest } = row
  return { ...rest, organizationId: organization, createdMs }
}

/** The head of an organization's newest evidence before a month; undefined: there is none. */
export async function headBefore(
  db: Kysely<Schema>,
  organizationId: string,
  month: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('evidence')
    .select('head')
    .where('organization', '=', organizationId)
    .where('month', '<', month)
    .orderBy('month', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.head
}

/** What of a file can be shown to everyone: it names nobody. */
export interface EvidenceHead {
  readonly month: string
  readonly head: string
  readonly signature: string
}

/** The heads of a stretch of months, newest month first; within a month by the head, which tells of no customer. */
export async function evidenceHeads(db: Kysely<Schema>, fromMonth: string): Promise<EvidenceHead[]> {
  return db
    .selectFrom('evidence')
    .select(['month', 'head', 'signature'])
    .where('month', '>=', fromMonth)
    .orderBy('month', 'desc')
    .orderBy('head')
    .execute()
}

/** Whether any evidence was ever signed. */
export async function hasEvidence(db: Kysely<Schema>): Promise<boolean> {
  const row = await db.selectFrom('evidence').select('month').limit(1).executeTakeFirst()
  return row !== undefined
}
