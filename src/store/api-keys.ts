import type { Kysely } from 'kysely'
import { touchApp } from './directory.ts'
import type { Schema } from './schema.ts'

/** A key as it can be shown: the key itself is never kept, only its hash. */
export interface ApiKey {
  readonly id: string
  readonly lastFour: string
  readonly createdMs: number
}

export async function addApiKey(
  db: Kysely<Schema>,
  key: { id: string; appId: string; hash: string; lastFour: string; createdMs: number },
): Promise<void> {
  await db
    .insertInto('api_keys')
    .values({
      id: key.id,
      app: key.appId,
      hash: key.hash,
      last_four: key.lastFour,
      created_ms: key.createdMs,
      deleted_ms: null,
    })
    .execute()
  await touchApp(db, key.appId)
}

/** The app's valid keys, oldest first. */
export async function apiKeysOf(db: Kysely<Schema>, appId: string): Promise<ApiKey[]> {
  const rows = await db
    .selectFrom('api_keys')
    .select(['id', 'last_four', 'created_ms'])
    .where('app', '=', appId)
    .where('deleted_ms', 'is', null)
    .orderBy('created_ms')
    .orderBy('id')
    .execute()
  return rows.map(row => ({ id: row.id, lastFour: row.last_four, createdMs: row.created_ms }))
}

/** SHA-256 in hex of every valid key. */
export async function keyHashesOf(db: Kysely<Schema>, appId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('api_keys')
    .select('hash')
    .where('app', '=', appId)
    .where('deleted_ms', 'is', null)
    .execute()
  return rows.map(({ hash }) => hash)
}

export async function deleteApiKey(
  db: Kysely<Schema>,
  appId: string,
  keyId: string,
  nowMs: number,
): Promise<void> {
  await db
    .updateTable('api_keys')
    .set({ deleted_ms: nowMs })
    .where('id', '=', keyId)
    .where('app', '=', appId)
    .execute()
  await touchApp(db, appId)
}
