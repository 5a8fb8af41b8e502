import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { unknownMigration } from '../migrate.ts'
import { type StorePlace, placeName } from '../open-store.ts'
import { BackupError, type Manifest, fileOf, readBackup } from './manifest.ts'
import { loadPostgres } from './postgres-copy.ts'
import type { Contents } from './sqlite-copy.ts'
import { readSqlite } from './sqlite-worker.ts'
import { syncFile, syncFolder } from './sync.ts'

/**
 * Puts a backup into an empty place: a directory without any file, or a database without any table. Its checksum,
 * its schema and its counts are checked first; the store is there whole or not at all. Throws a BackupError.
 */
export async function restoreBackup(folder: string, place: StorePlace): Promise<Manifest> {
  const manifest = await readBackup(folder)
  refuseForeign(manifest, place)
  const file = join(folder, fileOf(manifest.database))
  if ('file' in place) await restoreFile(file, place.file, manifest)
  else refuseOtherCounts(await loadPostgres(place.url, file), manifest, placeName(place))
  return manifest
}

function refuseForeign({ schema, database, weir }: Manifest, place: StorePlace): void {
  const unknown = unknownMigration(schema)
  if (unknown !== undefined) {
    throw new BackupError(
      `the backup was made by a newer Weir (${weir}): it holds the migration "${unknown}", which this one does not ` +
        'know. Restore it with that Weir.',
    )
  }
  const wanted = 'file' in place ? 'sqlite' : 'postgres'
  if (database === wanted) return
  throw new BackupError(
    database === 'sqlite'
      ? 'the backup is of a store in a file: restore it with --data DIR, without --database-url'
      : 'the backup is of a store in Postgres: name an empty database with --database-url',
  )
}

async function restoreFile(from: string, to: string, manifest: Manifest): Promise<void> {
  const dataDir = dirname(to)
  const [first] = existsSync(dataDir) ? readdirSync(dataDir) : []
  if (first !== undefined) {
    throw new BackupError(
      `${dataDir} is not empty: it holds ${first}. Restore into a directory without any file.`,
    )
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const draft = `${to}.restoring`
  try {
    copyFileSync(from, draft)
    chmodSync(draft, 0o600)
    refuseOtherCounts(await readSqlite(draft), manifest, from)
    syncFile(draft)
    renameSync(draft, to)
    syncFolder(dataDir)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

function refuseOtherCounts({ rows }: Contents, manifest: Manifest, name: string): void {
  const tables = new Set([...Object.keys(rows), ...Object.keys(manifest.rows)])
  const other = [...tables].find(table => rows[table] !== manifest.rows[table])
  if (other === undefined) return
  throw new BackupError(
    `${name} holds ${rows[other] ?? 'no'} rows of ${other}, and the manifest says ` +
      `${manifest.rows[other] ?? 'none'}: do not use it, take another backup`,
  )
}
