import type { Kysely, Selectable } from 'kysely'
import type { Limits } from '../core/contract/contract.ts'
import { touchApp } from './directory.ts'
import { after, type Page } from './page.ts'
import { chunks } from './rows.ts'
import type { Schema } from './schema.ts'

export interface App {
  readonly id: string
  readonly organizationId: string
  readonly name: string
  readonly limits: Limits
  readonly suspended: { readonly sinceMs: number; readonly reason: string } | undefined
  readonly createdMs: number
  /** The provider's own probes call with it: its requests are in no slice. */
  readonly forProbes: boolean
}

interface NewApp extends Pick<App, 'id' | 'organizationId' | 'name' | 'createdMs'> {
  readonly sealedSecret: Uint8Array
  readonly forProbes?: boolean
}

export async function addApp(db: Kysely<Schema>, app: NewApp): Promise<void> {
  await db
    .insertInto('apps')
    .values({
      id: app.id,
      organization: app.organizationId,
      name: app.name,
      sealed_secret: app.sealedSecret,
      limits: '{}',
      suspended_ms: null,
      suspended_reason: null,
      created_ms: app.createdMs,
      revision: 0,
      for_probes: Number(app.forProbes ?? false),
    })
    .execute()
  await touchApp(db, app.id)
}

export async function findApp(db: Kysely<Schema>, id: string): Promise<App | undefined> {
  const row = await db.selectFrom('apps').select(columns).where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : fromRow(row)
}

/** The app whose valid key hashes to `keyHash`. */
export async function findAppByKey(db: Kysely<Schema>, keyHash: string): Promise<App | undefined> {
  const key = await db
    .selectFrom('api_keys')
    .select('app')
    .where('hash', '=', keyHash)
    .where('deleted_ms', 'is', null)
    .executeTakeFirst()
  return key === undefined ? undefined : findApp(db, key.app)
}

export async function listApps(db: Kysely<Schema>, organizationId: string, page: Page): Promise<App[]> {
  let query = db.selectFrom('apps').select(columns).where('organization', '=', organizationId)
  if (page.after !== undefined) query = query.where(after('created_ms', page.after))
  const rows = await query.orderBy('created_ms').orderBy('id').limit(page.limit).execute()
  return rows.map(fromRow)
}

/** By id. */
export async function allAppsOf(db: Kysely<Schema>, organizationId: string): Promise<App[]> {
  const query = db.selectFrom('apps').select(columns).where('organization', '=', organizationId)
  return (await query.orderBy('id').execute()).map(fromRow)
}

/** Ascending. */
export async function appIdsOf(db: Kysely<Schema>, organizationId: string): Promise<string[]> {
  const query = db.selectFrom('apps').select('id').where('organization', '=', organizationId)
  return (await query.orderBy('id').execute()).map(({ id }) => id)
}

/** The apps that an organization had before an instant, and when each was made. */
export async function appsMadeBefore(
  db: Kysely<Schema>,
  organizationId: string,
  beforeMs: number,
): Promise<{ readonly appId: string; readonly sinceMs: number }[]> {
  return db
    .selectFrom('apps')
    .select(['id as appId', 'created_ms as sinceMs'])
    .where('organization', '=', organizationId)
    .where('created_ms', '<', beforeMs)
    .orderBy('id')
    .execute()
}

/** To which organizations these apps belong. */
export async function organizationsOf(db: Kysely<Schema>, appIds: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>()
  for (const chunk of chunks(appIds)) {
    const query = db.selectFrom('apps').select('organization').distinct().where('id', 'in', chunk)
    for (const { organization } of await query.execute()) found.add(organization)
  }
  return found
}

/** The app's secret as it was sealed. */
export async function sealedSecretOf(db: Kysely<Schema>, appId: string): Promise<Uint8Array | undefined> {
  const row = await db.selectFrom('apps').select('sealed_secret').where('id', '=', appId).executeTakeFirst()
  return row?.sealed_secret
}

/** Some app's secret as it was sealed; undefined while there is none. */
export async function anySealedSecret(
  db: Kysely<Schema>,
): Promise<{ appId: string; sealedSecret: Uint8Array } | undefined> {
  const row = await db.selectFrom('apps').select(['id', 'sealed_secret']).limit(1).executeTakeFirst()
  return row && { appId: row.id, sealedSecret: row.sealed_secret }
}

/** Every app that has limits of its own. */
export async function appsWithLimits(db: Kysely<Schema>): Promise<App[]> {
  const rows = await db.selectFrom('apps').select(columns).where('limits', '!=', '{}').orderBy('id').execute()
  return rows.map(fromRow)
}

export async function setSuspension(
  db: Kysely<Schema>,
  appId: string,
  suspended: { sinceMs: number; reason: string } | undefined,
): Promise<void> {
  await db
    .updateTable('apps')
    .set({ suspended_ms: suspended?.sinceMs ?? null, suspended_reason: suspended?.reason ?? null })
    .where('id', '=', appId)
    .execute()
  await touchApp(db, appId)
}

/** `{}` takes the override away. */
export async function setLimits(db: Kysely<Schema>, appId: string, limits: Limits): Promise<void> {
  await db
    .updateTable('apps')
    .set({ limits: JSON.stringify(limits) })
    .where('id', '=', appId)
    .execute()
  await touchApp(db, appId)
}

/** All but the sealed secret, which nothing but the data plane needs. */
const columns = [
  'id',
  'organization',
  'name',
  'limits',
  'suspended_ms',
  'suspended_reason',
  'created_ms',
  'for_probes',
] as const

function fromRow(row: Pick<Selectable<Schema['apps']>, (typeof columns)[number]>): App {
  return {
    id: row.id,
    organizationId: row.organization,
    name: row.name,
    limits: JSON.parse(row.limits),
    suspended:
      row.suspended_ms === null
        ? undefined
        : { sinceMs: row.suspended_ms, reason: row.suspended_reason ?? '' },
    createdMs: row.created_ms,
    forProbes: row.for_probes === 1,
  }
}
