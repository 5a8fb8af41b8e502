import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** What was sealed with the key of this store's secrets; undefined before the first start. */
export async function readKeyCheck(db: Kysely<Schema>): Promise<Uint8Array | undefined> {
  const row = await db.selectFrom('key_check').select('sealed').where('id', '=', 1).executeTakeFirst()
  return row?.sealed
}

/** Keeps it, in the place of another. */
export async function keepKeyCheck(db: Kysely<Schema>, sealed: Uint8Array): Promise<void> {
  await db
    .insertInto('key_check')
    .values({ id: 1, sealed })
    .onConflict(conflict => conflict.column('id').doUpdateSet({ sealed }))
    .execute()
}
