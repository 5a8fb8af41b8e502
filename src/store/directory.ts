import type { Kysely } from 'kysely'
import type { Limits } from '../core/contract/contract.ts'
import type { Terms } from '../core/contract/terms.ts'
import type { Schema } from './schema.ts'

/** An app as the data plane knows it. */
export interface DirectoryApp {
  readonly id: string
  readonly organizationId: string
  readonly name: string
  readonly suspended: boolean
  readonly sealedSecret: Uint8Array
  /** SHA-256 in hex of every key that is valid now. */
  readonly keyHashes: readonly string[]
  /** Ascending; the last whose `fromMs` is not in the future holds. Those before it are history. */
  readonly plans: readonly { readonly fromMs: number; readonly plan: string }[]
  /** Ascending; the last whose `fromMs` is not in the future hold. */
  readonly terms: readonly { readonly fromMs: number; readonly terms: Terms }[]
  /** The override; `{}` if there is none. */
  readonly limits: Limits
  /** Its requests are the provider's own probes, and in no slice. */
  readonly forProbes: boolean
}

export interface Directory {
  readonly revision: number
  readonly apps: readonly DirectoryApp[]
}

/** The apps that changed after `sinceRevision`, and the revision to ask with next time; 0 asks for all. */
export async function readDirectory(db: Kysely<Schema>, sinceRevision: number): Promise<Directory> {
  // One snapshot for all it reads, so that a revision never comes without its apps.
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async trx => {
      const revision = await currentRevision(trx)
      if (revision <= sinceRevision) return { revision, apps: [] }
      const changed = await trx
        .selectFrom('apps')
        .selectAll()
        .where('revision', '>', sinceRevision)
        .orderBy('id')
        .execute()
      const keys = await keyHashesSince(trx, sinceRevision)
      const plans = await plansSince(trx, sinceRevision)
      const terms = await termsSince(trx, sinceRevision)
      const apps = changed.map(app => ({
        id: app.id,
        organizationId: app.organization,
        name: app.name,
        suspended: app.suspended_ms !== null,
        sealedSecret: app.sealed_secret,
        keyHashes: keys.get(app.id) ?? [],
        plans: plans.get(app.organization) ?? [],
        terms: terms.get(app.organization) ?? [],
        limits: JSON.parse(app.limits),
        forProbes: app.for_probes === 1,
      }))
      return { revision, apps }
    })
}

async function currentRevision(db: Kysely<Schema>): Promise<number> {
  const row = await db.selectFrom('directory_revision').select('revision').executeTakeFirstOrThrow()
  return row.revision
}

async function keyHashesSince(db: Kysely<Schema>, sinceRevision: number): Promise<Map<string, string[]>> {
  const rows = await db
    .selectFrom('api_keys')
    .innerJoin('apps', 'apps.id', 'api_keys.app')
    .select(['api_keys.app', 'api_keys.hash'])
    .where('apps.revision', '>', sinceRevision)
    .where('api_keys.deleted_ms', 'is', null)
    .orderBy('api_keys.created_ms')
    .orderBy('api_keys.id')
    .execute()
  return mapOfLists(rows.map(row => [row.app, row.hash]))
}

async function plansSince(
  db: Kysely<Schema>,
  sinceRevision: number,
): Promise<Map<string, { fromMs: number; plan: string }[]>> {
  const rows = await db
    .selectFrom('subscriptions')
    .select(['organization', 'from_ms', 'plan'])
    .where('superseded_ms', 'is', null)
    .where('organization', 'in', eb =>
      eb.selectFrom('apps').select('organization').where('revision', '>', sinceRevision),
    )
    .orderBy('from_ms')
    .execute()
  return mapOfLists(rows.map(row => [row.organization, { fromMs: row.from_ms, plan: row.plan }]))
}

async function termsSince(
  db: Kysely<Schema>,
  sinceRevision: number,
): Promise<Map<string, { fromMs: number; terms: Terms }[]>> {
  const rows = await db
    .selectFrom('terms')
    .select(['organization', 'from_ms', 'terms'])
    .where('superseded_ms', 'is', null)
    .where('organization', 'in', eb =>
      eb.selectFrom('apps').select('organization').where('revision', '>', sinceRevision),
    )
    .orderBy('from_ms')
    .execute()
  return mapOfLists(
    rows.map(row => [row.organization, { fromMs: row.from_ms, terms: JSON.parse(row.terms) as Terms }]),
  )
}

function mapOfLists<T>(entries: readonly (readonly [string, T])[]): Map<string, T[]> {
  const map = new Map<string, T[]>()
  for (const [key, value] of entries) {
    const list = map.get(key)
    if (list === undefined) map.set(key, [value])
    else list.push(value)
  }
  return map
}

/** Says, in the transaction that changes it, that the app now reads differently. */
export async function touchApp(db: Kysely<Schema>, appId: string): Promise<void> {
  const revision = await nextRevision(db)
  await db.updateTable('apps').set({ revision }).where('id', '=', appId).execute()
}

/** The same for all apps of an organization. */
export async function touchOrganization(db: Kysely<Schema>, organizationId: string): Promise<void> {
  const revision = await nextRevision(db)
  await db.updateTable('apps').set({ revision }).where('organization', '=', organizationId).execute()
}

async function nextRevision(db: Kysely<Schema>): Promise<number> {
  const row = await db
    .updateTable('directory_revision')
    .set(({ eb }) => ({ revision: eb('revision', '+', 1) }))
    .returning('revision')
    .executeTakeFirstOrThrow()
  return row.revision
}
