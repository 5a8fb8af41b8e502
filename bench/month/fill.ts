import { randomUUID } from 'node:crypto'
import { type Kysely, PostgresAdapter, sql } from 'kysely'
import { addApp } from '../../src/store/apps.ts'
import { type SeenUser, emptyBatch } from '../../src/store/batch.ts'
import { addOrganization } from '../../src/store/organizations.ts'
import { applyBatches } from '../../src/store/recording.ts'
import type { Schema } from '../../src/store/schema.ts'
import { userKey } from '../../src/store/user-key.ts'

export const MONTH = '2026-10'
export const ORGANIZATION = 'org_bench'
const APP = 'app_bench'
const NODE = 'node_bench'
const START_MS = Date.UTC(2026, 9, 1)
const MONTH_MS = Date.UTC(2026, 10, 1) - START_MS
const USERS_A_BATCH = 100_000
const ROWS_A_STATEMENT = 500
const STATEMENTS_A_TRANSACTION = 40
/** From a minute to an hour. */
const SHORTEST_MS = 60_000
const LONGEST_MS = 3_600_000

/** Filling is not what is measured: it need not survive a power cut, and may have memory. */
export async function hurry(db: Kysely<Schema>): Promise<void> {
  if (db.getExecutor().adapter instanceof PostgresAdapter) return
  await sql`pragma synchronous = off`.execute(db)
  await sql`pragma cache_size = -1000000`.execute(db)
}

export async function addCustomer(db: Kysely<Schema>): Promise<void> {
  const common = { name: 'Bench', createdMs: START_MS }
  await addOrganization(db, { ...common, id: ORGANIZATION, billing: {}, eligibility: undefined })
  await addApp(db, { ...common, id: APP, organizationId: ORGANIZATION, sealedSecret: Uint8Array.of(1) })
  await applyBatches(db, [emptyBatch(NODE, 1, START_MS + MONTH_MS)])
}

/** Users first seen evenly over the month, as a gateway's batches bring them. */
export async function fillUsers(db: Kysely<Schema>, count: number): Promise<void> {
  for (let from = 0, sequence = 2; from < count; from += USERS_A_BATCH, sequence++) {
    const users: SeenUser[] = []
    for (let at = from; at < Math.min(count, from + USERS_A_BATCH); at++) {
      users.push({ appId: APP, userKey: userKey(APP, `user-${at}`), atMs: instantOf(at, count) })
    }
    await applyBatches(db, [{ ...emptyBatch(NODE, sequence, START_MS + MONTH_MS), users }])
  }
}

/** Connections that have ended, as they lie in the store: written there at once, since only reading is measured. */
export async function fillConnections(db: Kysely<Schema>, count: number): Promise<void> {
  for (let from = 0; from < count; from += ROWS_A_STATEMENT * STATEMENTS_A_TRANSACTION) {
    await db.transaction().execute(async trx => {
      for (let part = 0; part < STATEMENTS_A_TRANSACTION; part++) {
        const first = from + part * ROWS_A_STATEMENT
        const length = Math.min(ROWS_A_STATEMENT, count - first)
        if (length <= 0) return
        const rows = Array.from({ length }, (_, at) => connection(first + at, count))
        await trx.insertInto('connections').values(rows).execute()
      }
    })
  }
}

function connection(at: number, count: number) {
  const opened_ms = instantOf(at, count)
  const lasts = SHORTEST_MS + ((at * 7_919_003) % (LONGEST_MS - SHORTEST_MS))
  return {
    id: randomUUID(),
    app: APP,
    user_key: userKey(APP, `user-${at}`),
    platform: ['web', 'ios', 'android'][at % 3]!,
    endpoint: 'Connect',
    node: NODE,
    opened_ms,
    closed_ms: Math.min(opened_ms + lasts, START_MS + MONTH_MS),
  }
}

function instantOf(at: number, count: number): number {
  return START_MS + Math.floor((at / count) * MONTH_MS)
}
