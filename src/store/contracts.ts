import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

export interface ContractVersion {
  readonly version: number
  readonly yaml: string
  /** Name to text of the OpenAPI files beside the contract. */
  readonly documents: Readonly<Record<string, string>>
  readonly source: 'file' | 'api'
  /** Limits hold from here. */
  readonly loadedMs: number
  /** Prices, SLA and support hold from here. */
  readonly pricesFromMs: number
}

/** The version loaded last; undefined before the first. */
export async function contractInForce(db: Kysely<Schema>): Promise<ContractVersion | undefined> {
  const row = await db
    .selectFrom('contract_versions')
    .selectAll()
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? undefined : fromRow(row)
}

/** Adds a version with the next number, inside the caller's transaction. */
export async function addContractVersion(
  db: Kysely<Schema>,
  added: Omit<ContractVersion, 'version'>,
): Promise<ContractVersion> {
  const last = await db
    .selectFrom('contract_versions')
    .select(({ fn }) => fn.max('version').as('version'))
    .executeTakeFirst()
  const version = (last?.version ?? 0) + 1
  await db
    .insertInto('contract_versions')
    .values({
      version,
      yaml: added.yaml,
      documents: JSON.stringify(added.documents),
      source: added.source,
      loaded_ms: added.loadedMs,
      prices_from_ms: added.pricesFromMs,
    })
    .execute()
  return { ...added, version }
}

/** Newest first; those below `below` only, when it is given. */
export async function contractVersions(
  db: Kysely<Schema>,
  page: { limit: number; below?: number | undefined },
): Promise<ContractVersion[]> {
  let query = db.selectFrom('contract_versions').selectAll()
  if (page.below !== undefined) query = query.where('version', '<', page.below)
  const rows = await query.orderBy('version', 'desc').limit(page.limit).execute()
  return rows.map(fromRow)
}

function fromRow(row: Schema['contract_versions']): ContractVersion {
  return {
    version: row.version,
    yaml: row.yaml,
    documents: JSON.parse(row.documents),
    source: row.source,
    loadedMs: row.loaded_ms,
    pricesFromMs: row.prices_from_ms,
  }
}

/** The number of the version loaded last, without its text; 0 before the first. */
export async function contractVersionInForce(db: Kysely<Schema>): Promise<number> {
  const row = await db
    .selectFrom('contract_versions')
    .select(({ fn }) => fn.max('version').as('version'))
    .executeTakeFirst()
  return row?.version ?? 0
}

/** The last version that came from a file, whatever came over the API since. */
export async function lastContractFromFile(db: Kysely<Schema>): Promise<ContractVersion | undefined> {
  const row = await db
    .selectFrom('contract_versions')
    .selectAll()
    .where('source', '=', 'file')
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? undefined : fromRow(row)
}

/** The versions after a number, oldest first. */
export async function contractsAfter(db: Kysely<Schema>, version: number): Promise<ContractVersion[]> {
  const rows = await db
    .selectFrom('contract_versions')
    .selectAll()
    .where('version', '>', version)
    .orderBy('version')
    .execute()
  return rows.map(fromRow)
}
