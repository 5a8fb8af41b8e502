import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { migrations } from './migrations/all.ts'
import type { Schema } from './schema.ts'
import { NodeSqliteDialect } from './sqlite-dialect.ts'

export interface Store {
  readonly db: Kysely<Schema>
  close(): Promise<void>
}

/**
 * Opens the database in `file`, makes it when there is none, and brings its schema up to date. The file
 * is readable by its owner alone, and so is a directory made for it. A thread has one store for a file:
 * SQLite waits for a lock by blocking, so a second one could wait for a transaction of its own thread.
 *
 * Throws when the file is no database, cannot be opened, or was made by a newer Weir.
 */
export async function openStore({ file }: { file: string }): Promise<Store> {
  makePrivate(file)
  const db = new Kysely<Schema>({ dialect: new NodeSqliteDialect(file) })
  try {
    await refuseNewerSchema(db, file)
    await migrate(db)
  } catch (error) {
    await db.destroy()
    throw explain(error, file)
  }
  return { db, close: () => db.destroy() }
}

/** SQLite gives its `-wal` and `-shm` files the mode of the database file, so that one must be right first. */
function makePrivate(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  closeSync(openSync(file, 'a', 0o600))
}

async function refuseNewerSchema(db: Kysely<Schema>, file: string): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some(table => table.name === 'kysely_migration')) return
  const rows = await db
    .withTables<{ kysely_migration: { name: string } }>()
    .selectFrom('kysely_migration')
    .select('name')
    .execute()
  const unknown = rows.find(row => !Object.hasOwn(migrations, row.name))
  if (unknown === undefined) return
  throw new StoreError(
    `The database ${file} was made by a newer Weir: it holds the migration "${unknown.name}", which this one ` +
      'does not know. Start the newer Weir, or restore a backup from before the upgrade.',
  )
}

async function migrate(db: Kysely<Schema>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}

class StoreError extends Error {}

function explain(error: unknown, file: string): Error {
  if (error instanceof StoreError) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new StoreError(
    `The database ${file} could not be opened: ${reason}. Check that it is Weir's own database, that this ` +
      'user may write to it, and that the disk is not full.',
    { cause: error },
  )
}
