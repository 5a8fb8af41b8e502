import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** An answer that was given, so that the same request gets it again. */
export interface KeptAnswer {
  readonly requestHash: string
  readonly sealedAnswer: Uint8Array
}

const KEPT_MS = 24 * 3600 * 1000

/** The answer given for this key within the last day. */
export async function findAnswer(
  db: Kysely<Schema>,
  scope: string,
  key: string,
  nowMs: number,
): Promise<KeptAnswer | undefined> {
  const row = await db
    .selectFrom('idempotency')
    .selectAll()
    .where('scope', '=', scope)
    .where('key', '=', key)
    .where('created_ms', '>', nowMs - KEPT_MS)
    .executeTakeFirst()
  if (row === undefined) return undefined
  return { requestHash: row.request_hash, sealedAnswer: row.sealed_answer }
}

/** Keeps an answer in the transaction of its change, and drops those that are older than a day. */
export async function keepAnswer(
  db: Kysely<Schema>,
  kept: KeptAnswer & { scope: string; key: string; nowMs: number },
): Promise<void> {
  await db
    .deleteFrom('idempotency')
    .where('created_ms', '<=', kept.nowMs - KEPT_MS)
    .execute()
  await db
    .insertInto('idempotency')
    .values({
      scope: kept.scope,
      key: kept.key,
      request_hash: kept.requestHash,
      sealed_answer: kept.sealedAnswer,
      created_ms: kept.nowMs,
    })
    .execute()
}
