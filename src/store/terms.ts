import type { Kysely } from 'kysely'
import type { Limits, Sla } from '../core/contract/contract.ts'
import type { Terms } from '../core/contract/terms.ts'
import { touchOrganization } from './directory.ts'
import type { Schema } from './schema.ts'

/** Terms of one organization, whole: they hold from `fromMs` until the next begin. */
export interface DatedTerms {
  readonly id: string
  readonly organizationId: string
  readonly fromMs: number
  /** In the words in which they were agreed. */
  readonly said: Readonly<Record<string, unknown>>
  readonly terms: Terms
  readonly contractVersion: number
  readonly createdMs: number
}

/** Adds what holds from `fromMs` on. Whatever was to begin then or later is superseded, and stays as history. */
export async function addTerms(db: Kysely<Schema>, added: DatedTerms): Promise<void> {
  const { id, organizationId, fromMs, said, terms, contractVersion, createdMs } = added
  await db
    .updateTable('terms')
    .set({ superseded_ms: createdMs })
    .where('organization', '=', organizationId)
    .where('from_ms', '>=', fromMs)
    .where('superseded_ms', 'is', null)
    .execute()
  await db
    .insertInto('terms')
    .values({
      id,
      organization: organizationId,
      from_ms: fromMs,
      said: JSON.stringify(said),
      terms: JSON.stringify(terms),
      contract_version: contractVersion,
      created_ms: createdMs,
      superseded_ms: null,
    })
    .execute()
  await touchOrganization(db, organizationId)
}

/** All that hold at some time, ascending by `fromMs`: the past ones, the current ones, those to come. */
export async function termsOf(db: Kysely<Schema>, organizationId: string): Promise<DatedTerms[]> {
  const rows = await db
    .selectFrom('terms')
    .selectAll()
    .where('organization', '=', organizationId)
    .where('superseded_ms', 'is', null)
    .orderBy('from_ms')
    .execute()
  return rows.map(fromRow)
}

/** All that hold at some time, of every organization: ascending by its id, then by `fromMs`. */
export async function allTerms(db: Kysely<Schema>): Promise<DatedTerms[]> {
  const rows = await db
    .selectFrom('terms')
    .selectAll()
    .where('superseded_ms', 'is', null)
    .orderBy('organization')
    .orderBy('from_ms')
    .execute()
  return rows.map(fromRow)
}

/** The limits that any terms give which hold at some time, by organization: a contract must know their names. */
export async function limitsInTerms(
  db: Kysely<Schema>,
): Promise<{ organizationId: string; limits: Limits }[]> {
  const rows = await db.selectFrom('terms').selectAll().where('superseded_ms', 'is', null).execute()
  return rows
    .map(fromRow)
    .flatMap(({ organizationId, terms: { limits } }) =>
      limits === undefined ? [] : [{ organizationId, limits }],
    )
}

/** Every SLA that any terms give which hold at some time. */
export async function slasInTerms(db: Kysely<Schema>): Promise<Sla[]> {
  const rows = await db.selectFrom('terms').selectAll().where('superseded_ms', 'is', null).execute()
  return rows.map(fromRow).flatMap(({ terms: { sla } }) => sla ?? [])
}

function fromRow(row: Schema['terms']): DatedTerms {
  return {
    id: row.id,
    organizationId: row.organization,
    fromMs: row.from_ms,
    said: JSON.parse(row.said),
    terms: JSON.parse(row.terms),
    contractVersion: row.contract_version,
    createdMs: row.created_ms,
  }
}
