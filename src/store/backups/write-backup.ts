import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StorePlace } from '../open-store.ts'
import { BackupError, MANIFEST, type Manifest, fileOf, sha256Of } from './manifest.ts'
import { dumpPostgres } from './postgres-copy.ts'
import { copySqlite } from './sqlite-worker.ts'
import { syncFile, syncFolder } from './sync.ts'

export interface WantedBackup {
  readonly place: StorePlace
  /** The folder in which each backup has one of its own. */
  readonly to: string
  /** Of this Weir. */
  readonly version: string
  readonly nowMs: number
  /** Whether a schedule asks: of those only one is made at a time, so what another one left unfinished is removed. */
  readonly scheduled: boolean
}

/**
 * Makes a backup while others write to the store. It comes to stand under its name only when all of it is on the
 * disk. Throws a BackupError, and leaves nothing behind, when the disk is full or anything else is in the way.
 */
export async function writeBackup(wanted: WantedBackup): Promise<{ folder: string; manifest: Manifest }> {
  const { place, to, scheduled } = wanted
  if ('file' in place && !existsSync(place.file)) {
    throw new BackupError(`there is no database ${place.file}: name the directory that serve has as --data`)
  }
  mkdirSync(to, { recursive: true, mode: 0o700 })
  if (scheduled) removeUnfinished(to)
  const name = `weir-${new Date(wanted.nowMs).toISOString().replaceAll(':', '')}`
  const draft = join(to, `${scheduled ? SCHEDULED_DRAFT : '.asked-'}${name}-${process.pid}`)
  mkdirSync(draft, { mode: 0o700 })
  try {
    const manifest = await fill(draft, wanted)
    const folder = join(to, name)
    if (existsSync(folder)) throw new BackupError(`${folder} is there already: try again in a moment`)
    renameSync(draft, folder)
    syncFolder(to)
    return { folder, manifest }
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    throw explain(error, to)
  }
}

const SCHEDULED_DRAFT = '.scheduled-'
const WHOLE = /^weir-\d{4}-\d\d-\d\dT\d{6}\.\d{3}Z$/

async function fill(draft: string, { place, version, nowMs }: WantedBackup): Promise<Manifest> {
  const database = 'file' in place ? 'sqlite' : 'postgres'
  const file = join(draft, fileOf(database))
  const contents = 'file' in place ? await copySqlite(place.file, file) : await dumpPostgres(place.url, file)
  syncFile(file)
  const manifest: Manifest = {
    weir: version,
    database,
    takenAt: new Date(nowMs).toISOString(),
    ...contents,
    file: fileOf(database),
    bytes: statSync(file).size,
    sha256: await sha256Of(file),
  }
  writeFileSync(join(draft, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`, {
    mode: 0o600,
    flush: true,
  })
  syncFolder(draft)
  return manifest
}

function removeUnfinished(to: string): void {
  for (const name of readdirSync(to)) {
    if (name.startsWith(SCHEDULED_DRAFT)) rmSync(join(to, name), { recursive: true, force: true })
  }
}

/** Whole backups in the folder, oldest first. */
export function listBackups(to: string): string[] {
  return readdirSync(to)
    .filter(name => WHOLE.test(name) && existsSync(join(to, name, MANIFEST)))
    .toSorted()
    .map(name => join(to, name))
}

/** Removes the oldest until `keep` are left; what it removed. */
export function pruneBackups(to: string, keep: number): string[] {
  const old = listBackups(to).slice(0, -keep)
  for (const folder of old) {
    // Without its manifest first, so that one that is half removed is no backup.
    rmSync(join(folder, MANIFEST))
    rmSync(folder, { recursive: true })
  }
  return old
}

function explain(error: unknown, to: string): Error {
  if (error instanceof BackupError) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new BackupError(
    `no backup was made in ${to}: ${reason}. Those that are there stand; check that the disk has room and that ` +
      'this user may write there.',
    { cause: error },
  )
}
