import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** The operator's token as the nodes of this store share it, sealed; undefined: no node has kept one yet. */
export async function readSharedToken(db: Kysely<Schema>): Promise<Uint8Array | undefined> {
  const row = await db.selectFrom('shared_token').select('sealed').where('id', '=', 1).executeTakeFirst()
  return row?.sealed
}

/** Keeps it, in the place of another. */
export async function keepSharedToken(db: Kysely<Schema>, sealed: Uint8Array): Promise<void> {
  await db
    .insertInto('shared_token')
    .values({ id: 1, sealed })
    .onConflict(conflict => conflict.column('id').doUpdateSet({ sealed }))
    .execute()
}
