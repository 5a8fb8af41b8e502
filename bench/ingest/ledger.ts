import { readFileSync, statSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import { type Store, openDatabase } from '../../src/store/open-store.ts'
import type { Schema } from '../../src/store/schema.ts'
import { cpuSeconds } from '../gateway/process-cost.ts'
import { bytesOf } from '../month/table-bytes.ts'

/** What a database itself says of the work it was given. */
export interface Ledger {
  /** Bytes of what recording keeps, without free room. */
  bytes(db: Kysely<Schema>): Promise<number>
  begin(db: Kysely<Schema>): Promise<void>
  /** After each transaction. */
  applied(db: Kysely<Schema>): Promise<void>
  /** Of the database's own processes, since `begin`. */
  cpuSeconds(db: Kysely<Schema>): Promise<number>
  /** Written since `begin`. */
  walBytes(db: Kysely<Schema>): Promise<number>
  /** Rows inserted, changed and deleted since `begin`, an update of a row counted each time. Closes the store. */
  rowsWritten(store: Store): Promise<number>
}

export function sqliteLedger(file: string): Ledger {
  let wal = 0
  let changesBefore = 0
  const truncate = sql`pragma wal_checkpoint(truncate)`
  const changes = async (db: Kysely<Schema>) => number(db, sql`select total_changes() as n`)
  return {
    bytes: db => bytesOf(db, []),
    async begin(db) {
      await truncate.execute(db)
      changesBefore = await changes(db)
    },
    // The log begins anew for each transaction, so that its file is what that one wrote.
    async applied(db) {
      wal += statSync(`${file}-wal`).size
      await truncate.execute(db)
    },
    cpuSeconds: async () => 0,
    walBytes: async () => wal,
    async rowsWritten({ db, close }) {
      const written = (await changes(db)) - changesBefore
      await close()
      return written
    },
  }
}

const TABLES = [
  'requests_by_minute',
  'app_slices',
  'endpoint_slices',
  'recorded_names',
  'nodes',
  'node_beats',
  'recorder_progress',
  'recorder_ahead',
] as const

export function postgresLedger(url: string): Ledger {
  let server = 0
  let cpuBefore = 0
  let walBefore = ''
  return {
    async bytes(db) {
      for (const table of TABLES) await sql`vacuum full ${sql.table(table)}`.execute(db)
      return bytesOf(db, TABLES)
    },
    async begin(db) {
      server = parentOf(await number(db, sql`select pg_backend_pid() as n`))
      cpuBefore = cpuSeconds(server)
      const { rows } = await sql<{ lsn: string }>`select pg_current_wal_lsn()::text as lsn`.execute(db)
      walBefore = rows[0]!.lsn
    },
    applied: async () => undefined,
    cpuSeconds: async () => cpuSeconds(server) - cpuBefore,
    walBytes: db => number(db, sql`select pg_wal_lsn_diff(pg_current_wal_lsn(), ${walBefore}::pg_lsn) as n`),
    // A connection tells what it counted when it ends, at the latest.
    async rowsWritten({ close }) {
      await close()
      const db = openDatabase({ url })
      const others = sql`
        select count(*) as n from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`
      while ((await number(db, others)) > 0) await setTimeout(20)
      const names = sql.join(TABLES)
      const written = await number(
        db,
        sql`select sum(n_tup_ins + n_tup_upd + n_tup_del) as n from pg_stat_user_tables
          where relname in (${names})`,
      )
      await db.destroy()
      return written
    },
  }
}

async function number(db: Kysely<Schema>, query: ReturnType<typeof sql>): Promise<number> {
  const { rows } = await query.execute(db)
  return Number((rows[0] as { n: number }).n)
}

function parentOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[1])
}
