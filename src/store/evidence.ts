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
  /** The id of the totals that its commitments are to; undefined: it has none. */
  readonly totalsId: string | undefined
}

/** Once an organization and month: a second time is refused by the database. */
export async function addEvidence(db: Kysely<Schema>, evidence: StoredEvidence): Promise<void> {
  const { organizationId, createdMs, totalsId, ...rest } = evidence
  await db
    .insertInto('evidence')
    .values({ ...rest, organization: organizationId, created_ms: createdMs, totals: totalsId ?? null })
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
  const { organization, created_ms: createdMs, totals, ...rest } = row
  return { ...rest, organizationId: organization, createdMs, totalsId: totals ?? undefined }
}

/** What a month's evidence ends with; undefined: there is none. */
export async function evidenceHeadOf(
  db: Kysely<Schema>,
  organizationId: string,
  month: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('evidence')
    .select('head')
    .where('organization', '=', organizationId)
    .where('month', '=', month)
    .executeTakeFirst()
  return row?.head
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

/** As it was signed; undefined: there is none. */
export async function newestEvidenceFile(db: Kysely<Schema>): Promise<Uint8Array | undefined> {
  const row = await db
    .selectFrom('evidence')
    .select('file')
    .orderBy('created_ms', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.file
}

/** Whether any evidence was ever signed. */
export async function hasEvidence(db: Kysely<Schema>): Promise<boolean> {
  const row = await db.selectFrom('evidence').select('month').limit(1).executeTakeFirst()
  return row !== undefined
}

/** What all apps were asked in a month by slice, packed. */
export interface StoredTotals {
  /** SHA-256, hex */
  readonly id: string
  readonly valid: string
  readonly failed: string
}

/** Keeps totals once, whoever brings them. */
export async function keepTotals(db: Kysely<Schema>, { id, valid, failed }: StoredTotals): Promise<void> {
  await db
    .insertInto('evidence_totals')
    .values({ id, valid_counts: valid, failed_counts: failed })
    .onConflict(conflict => conflict.column('id').doNothing())
    .execute()
}

export async function findTotals(db: Kysely<Schema>, id: string): Promise<StoredTotals | undefined> {
  const row = await db.selectFrom('evidence_totals').selectAll().where('id', '=', id).executeTakeFirst()
  return row && { id, valid: row.valid_counts, failed: row.failed_counts }
}
