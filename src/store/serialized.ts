import type { Kysely, Transaction } from 'kysely'
import type { Schema } from './schema.ts'

/** Both say that two transactions met, that this one left no trace, and that it may be tried again. */
const SERIALIZATION_FAILURE = '40001'
const DEADLOCK_DETECTED = '40P01'
/** Two that insert the same key at once: tried again, the later one sees the earlier's row. */
const UNIQUE_VIOLATION = '23505'

const MOST_TRIES = 10

/**
 * Runs `verb` as if no other transaction ran beside it. SQLite does so by itself; Postgres finds out that it did
 * not, and then the verb runs again from the start: it may be called several times, and must leave nothing
 * behind outside of `trx`. Rejects with what the verb throws, or after ten tries with the database's error.
 */
export async function serialized<T>(
  db: Kysely<Schema>,
  verb: (trx: Transaction<Schema>) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction().setIsolationLevel('serializable').execute(verb)
    } catch (error) {
      if (tries === MOST_TRIES || !mayPassNextTime(error)) throw error
      // Those that met must not meet again in step: a random pause, longer each time.
      await new Promise(resolve => setTimeout(resolve, Math.random() * 5 * 2 ** tries))
    }
  }
}

function mayPassNextTime(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return code === SERIALIZATION_FAILURE || code === DEADLOCK_DETECTED || code === UNIQUE_VIOLATION
}
