import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { startPrivatePostgres } from '../../test/private-postgres.ts'
import { type StorePlace, openStore } from '../../src/store/open-store.ts'
import { type Figures, interleave, measureApart } from '../rounds.ts'
import type { Result } from '../run.ts'
import { MONTH, ORGANIZATION, addCustomer, fillConnections, fillUsers, hurry } from './fill.ts'
import { bytesOf } from './table-bytes.ts'

/** A minute's work; `--users 5000000` is what the pages quote. */
export const DEFAULT_USERS = 200_000
const MOST_ROUNDS = 3

/** One customer's month of so many users and as many connections: bytes they take, and what counting them takes. */
export async function month(rounds: number, users: number): Promise<Result> {
  const postgres = await startPrivatePostgres()
  try {
    const rows = await interleave(['SQLite', 'Postgres'], Math.min(rounds, MOST_ROUNDS), async subject => {
      const directory = mkdtempSync(join(tmpdir(), 'weir-month-'))
      try {
        const place =
          subject === 'SQLite'
            ? { file: join(directory, 'weir.db') }
            : { url: await postgres.createDatabase() }
        return await measure(place, users)
      } finally {
        rmSync(directory, { recursive: true })
      }
    })
    const count = users.toLocaleString('en')
    return [[`month: ${count} users and ${count} connections of one app`, rows, 1]]
  } finally {
    await postgres.stop()
  }
}

async function measure(place: StorePlace, users: number): Promise<Figures> {
  const sizes = await fill(place, users)
  const counted = await measureApart('./month/count.ts', [JSON.stringify(place), ORGANIZATION, MONTH])
  // A count that is not the true one would be no measure of counting.
  if (counted['MAU'] !== users) throw new Error(`${counted['MAU']} users were counted, not ${users}`)
  const of = (name: string) => counted[name]!
  return {
    'bytes a user-month': sizes.users / users,
    'bytes a connection': sizes.connections / users,
    's to count MAU': of('s to count MAU'),
    'CPU s to count MAU': of('CPU s to count MAU'),
    // A month is both; which of the two counts ran into a warm cache makes little difference here.
    's for the exact peak': of('s for the whole month') - of('s to count MAU'),
    'CPU s for the exact peak': of('CPU s for the whole month') - of('CPU s to count MAU'),
    'peak connections': of('peak'),
    'memory grew, MiB': of('memory grew, MiB'),
  }
}

/** Bytes that the users and the connections took. */
async function fill(place: StorePlace, users: number): Promise<{ users: number; connections: number }> {
  const store = await openStore(place)
  try {
    await hurry(store.db)
    await addCustomer(store.db)
    const before = await bytesOf(store.db, ['active_users'])
    await fillUsers(store.db, users)
    const between = await bytesOf(store.db, ['active_users'])
    const noConnections = await bytesOf(store.db, ['connections'])
    await fillConnections(store.db, users)
    const after = await bytesOf(store.db, ['connections'])
    // As each database does by itself within minutes of such a growth.
    await sql`analyze`.execute(store.db)
    return { users: between - before, connections: after - noConnections }
  } finally {
    await store.close()
  }
}
