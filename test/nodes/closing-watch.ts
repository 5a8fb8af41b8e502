import { sql } from 'kysely'
import { Client } from 'pg'
import type { Store } from '../../src/store/open-store.ts'
import { eventually } from '../e2e/harness.ts'
import { month } from './closing-customers.ts'

/** A place in the close at which the process that does it is held, until it is let go. */
export interface Held {
  /** Resolves when the process stands there. */
  reached(): Promise<void>
  letGo(): Promise<void>
}

/** How often the store is asked: several times while an organization is closed. */
const WATCH_MS = 2

export async function closedCount({ db }: Store): Promise<number> {
  const { count } = await db
    .selectFrom('closed_months')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('month', '=', month)
    .executeTakeFirstOrThrow()
  return count
}

export async function untilClosed(store: Store, count: number): Promise<void> {
  while ((await closedCount(store)) < count) await new Promise(resolve => setTimeout(resolve, WATCH_MS))
}

/** The close's row of `job_runs`; undefined before it began. */
export async function closeRun({ db }: Store) {
  return db
    .selectFrom('job_runs')
    .selectAll()
    .where('job', '=', 'close-month')
    .where('period', '=', month)
    .executeTakeFirst()
}

export async function untilFinished(store: Store, withinMs: number): Promise<void> {
  await eventually(
    () => closeRun(store),
    run => typeof run?.finished_ms === 'number',
    withinMs,
  )
}

/**
 * Holds the close within the transaction of one organization: its invoice and its number are written, and nothing is
 * committed. The test has written the same key in a transaction of its own, and Postgres lets the other one wait.
 */
export async function holdWithin(url: string, store: Store, organizationId: string): Promise<Held> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query('begin')
  await client.query(
    'insert into closed_months (organization, month, invoice, closed_ms) values ($1, $2, null, 0)',
    [organizationId, month],
  )
  return heldBy(client, () => untilWaiting(store, 'insert into "closed_months"'))
}

/** Holds the close at the start of its next step, or at its end if there is none: before it has written anything. */
export async function holdBetween(url: string, store: Store): Promise<Held> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query('begin')
  await client.query(`select 1 from job_runs where job = 'close-month' and period = '${month}' for update`)
  return heldBy(client, () => untilWaiting(store, 'update "job_runs"'))
}

function heldBy(client: Client, reached: () => Promise<void>): Held {
  return {
    reached,
    async letGo() {
      await client.query('rollback')
      await client.end()
    },
  }
}

/** Resolves when a connection waits for a lock with a statement that begins so. */
async function untilWaiting({ db }: Store, statement: string): Promise<void> {
  const waiting = async () => {
    const { rows } = await sql<{ query: string }>`
      select query from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
    `.execute(db)
    return rows.map(({ query }) => query)
  }
  await eventually(waiting, all => all.some(query => query.startsWith(statement)), 120_000)
}

/** The minute passes after which a silent holder is taken for dead. */
export async function passHold({ db }: Store): Promise<void> {
  await db.updateTable('job_runs').set({ held_until_ms: 0 }).where('finished_ms', 'is', null).execute()
}
