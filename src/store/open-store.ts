import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { Kysely } from 'kysely'
import { SchemaError, migrateToLatest, readSchemaState } from './migrate.ts'
import { postgresDialect } from './postgres-dialect.ts'
import type { Schema } from './schema.ts'
import { NodeSqliteDialect } from './sqlite-dialect.ts'

export interface Store {
  readonly db: Kysely<Schema>
  close(): Promise<void>
}

/** Where the store lies: a file of SQLite's, or the address of a Postgres database, `postgres://…`. */
export type StorePlace = { readonly file: string } | { readonly url: string }

/**
 * Opens the database, makes it when there is none (a file; Postgres must have it), and brings its schema up to
 * date; several may do so at once. A file is readable by its owner alone, and so is a directory made for it. A
 * thread has one store for a file: SQLite waits for a lock by blocking, so a second one could wait for a
 * transaction of its own thread. `onConnectionLost` hears of connections that Postgres cut while nobody used them.
 *
 * Throws when there is no such database, it cannot be opened, or it was made by a newer Weir.
 */
export async function openStore(
  place: StorePlace,
  onConnectionLost: (error: Error) => void = () => undefined,
): Promise<Store> {
  const db = openDatabase(place, onConnectionLost)
  const name = placeName(place)
  try {
    await readSchemaState(db, name)
    await migrateToLatest(db)
  } catch (error) {
    await db.destroy()
    throw explain(error, name)
  }
  return { db, close: () => db.destroy() }
}

/**
 * What `work` reads in the database as it stood at one instant, beside a Weir that runs on it or not: nothing is
 * made, migrated, locked or written. Throws when there is no database, or another version of Weir made it.
 */
export async function readStore<Answer>(
  place: StorePlace,
  work: (db: Kysely<Schema>) => Promise<Answer>,
): Promise<Answer> {
  const name = placeName(place)
  if ('file' in place && !existsSync(place.file)) throw new StoreError(`There is no database ${name}.`)
  const db = new Kysely<Schema>({
    dialect:
      'file' in place
        ? new NodeSqliteDialect(place.file, 'read')
        : postgresDialect(place.url, () => undefined),
  })
  try {
    await refuseOlderSchema(db, name)
    // SQLite has one kind of transaction; what it read first is what it goes on reading.
    if ('file' in place) return await db.transaction().execute(work)
    return await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(work)
  } finally {
    await db.destroy()
  }
}

/** What reads only cannot bring a schema up to date. */
async function refuseOlderSchema(db: Kysely<Schema>, name: string): Promise<void> {
  const { pending } = await readSchemaState(db, name)
  const [missing] = pending
  if (missing === undefined) return
  throw new StoreError(
    `The database ${name} lacks the migration "${missing}": it is empty, or an older Weir made it. Start this Weir on it once.`,
  )
}

/** The database as it is, with whatever schema it has; a file of SQLite's is made when there is none. */
export function openDatabase(
  place: StorePlace,
  onConnectionLost: (error: Error) => void = () => undefined,
): Kysely<Schema> {
  if ('file' in place) makePrivate(place.file)
  const dialect =
    'file' in place ? new NodeSqliteDialect(place.file) : postgresDialect(place.url, onConnectionLost)
  return new Kysely<Schema>({ dialect })
}

/** The file, or the address without its password: for sentences and logs. */
export function placeName(place: StorePlace): string {
  return 'file' in place ? place.file : withoutPassword(place.url)
}

/** The address as it may stand in a log. */
function withoutPassword(url: string): string {
  const parsed = URL.parse(url)
  if (!parsed) return 'at an address that is no URL'
  parsed.password = ''
  parsed.search = ''
  return parsed.href
}

/** SQLite gives its `-wal` and `-shm` files the mode of the database file, so that one must be right first. */
function makePrivate(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  closeSync(openSync(file, 'a', 0o600))
}

class StoreError extends Error {}

/** SQLSTATE classes of a server that is there but takes nobody now: resources, intervention (as in a start or an end). */
const NOT_NOW = new Set(['53', '57', '08'])

/**
 * Whether a database could not be opened because nobody answers there, or nobody is served now: it may come back by
 * itself. What it refuses, a password or a name, does not.
 */
export function isAway(error: unknown): boolean {
  if (!(error instanceof StoreError) || error.cause === undefined) return false
  const { code } = error.cause as { readonly code?: unknown }
  return typeof code !== 'string' || !/^\d/.test(code) || NOT_NOW.has(code.slice(0, 2))
}

function explain(error: unknown, name: string): Error {
  if (error instanceof SchemaError) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new StoreError(
    `The database ${name} could not be opened: ${reason}. Check that it is Weir's own database, that this ` +
      'user may write to it, and that the disk is not full.',
    { cause: error },
  )
}
