import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** The table of a secret that the nodes of this store share: it holds one row. */
export type SharedSecret = 'shared_token' | 'shared_evidence_key'

/** The secret, sealed; undefined: no node has kept one yet. */
export async function readSharedSecret(
  db: Kysely<Schema>,
  of: SharedSecret,
): Promise<Uint8Array | undefined> {
  const row = await db.selectFrom(of).select('sealed').where('id', '=', 1).executeTakeFirst()
  return row?.sealed
}

/** Keeps it, in the place of another. */
export async function keepSharedSecret(
  db: Kysely<Schema>,
  of: SharedSecret,
  sealed: Uint8Array,
): Promise<void> {
  await db
    .insertInto(of)
    .values({ id: 1, sealed })
    .onConflict(conflict => conflict.column('id').doUpdateSet({ sealed }))
    .execute()
}
