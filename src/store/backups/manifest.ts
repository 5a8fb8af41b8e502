import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** What a backup's `manifest.json` says of it. */
export interface Manifest {
  /** The Weir that made it. */
  readonly weir: string
  readonly database: 'sqlite' | 'postgres'
  /** ISO, in UTC: the backup holds what was committed by then. */
  readonly takenAt: string
  /** Migrations, in the order in which they were applied. */
  readonly schema: readonly string[]
  /** Rows of each table. */
  readonly rows: Readonly<Record<string, number>>
  /** The file beside the manifest that holds the data. */
  readonly file: string
  readonly bytes: number
  /** Hex SHA-256 of that file. */
  readonly sha256: string
}

/** What keeps a backup from being made or restored; its message says what to do. */
export class BackupError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'BackupError'
  }
}

export const MANIFEST = 'manifest.json'

/** Reads the manifest and checks the file beside it by its size and its checksum. Throws a BackupError. */
export async function readBackup(folder: string): Promise<Manifest> {
  const path = join(folder, MANIFEST)
  if (!existsSync(path)) {
    throw new BackupError(
      `${folder} is no backup: it has no ${MANIFEST}. Name one of the folders weir-… that backups are.`,
    )
  }
  const manifest = parse(readFileSync(path, 'utf8'), path)
  const file = join(folder, manifest.file)
  const bytes = statSync(file, { throwIfNoEntry: false })?.size
  if (bytes === undefined) throw new BackupError(`${file} is missing: the backup is not whole. Take another.`)
  if (bytes !== manifest.bytes || (await sha256Of(file)) !== manifest.sha256) {
    throw new BackupError(
      `${file} is damaged: it is not the file of which ${MANIFEST} tells (by size and SHA-256). Take another backup.`,
    )
  }
  return manifest
}

const files: Readonly<Record<Manifest['database'], string>> = { sqlite: 'weir.db', postgres: 'weir.pgdump' }

export function fileOf(database: Manifest['database']): string {
  return files[database]
}

function parse(text: string, path: string): Manifest {
  try {
    const manifest = JSON.parse(text) as Manifest
    // The name is one that Weir writes, so nothing leads out of the folder.
    if (manifest.file === files[manifest.database] && Array.isArray(manifest.schema)) return manifest
  } catch (cause) {
    throw new BackupError(`${path} is damaged: it is not JSON. Take another backup.`, { cause })
  }
  throw new BackupError(`${path} is not a manifest of a backup that this Weir can read.`)
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
