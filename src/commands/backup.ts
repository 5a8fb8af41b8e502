import { existsSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import { findKeys, writeKeyFile } from '../identity/key-file.ts'
import { BackupError } from '../store/backups/manifest.ts'
import { writeBackup } from '../store/backups/write-backup.ts'
import type { Output } from './migrate.ts'
import { type StoreSettings, storePlace } from './store-place.ts'
import { version } from './version.ts'

export interface BackupSettings extends StoreSettings {
  readonly to: string
  /** A new file for the keys, which no backup holds. */
  readonly withKeys?: string | undefined
}

/** `weir backup`: a backup of the store, while Weir runs or not. Resolves to the exit status. */
export async function runBackup(
  settings: BackupSettings,
  env: NodeJS.ProcessEnv,
  out: Output,
): Promise<number> {
  try {
    const keys = settings.withKeys === undefined ? undefined : keysFor(settings, settings.withKeys, env)
    const { folder, manifest } = await writeBackup({
      place: storePlace(settings),
      to: settings.to,
      version,
      nowMs: Date.now(),
      scheduled: false,
    })
    const rows = Object.values(manifest.rows).reduce((sum, count) => sum + count, 0)
    out.out(
      `${folder}\n${rows} rows of ${Object.keys(manifest.rows).length} tables, ${manifest.bytes} bytes\n`,
    )
    if (keys && settings.withKeys !== undefined) {
      writeKeyFile(settings.withKeys, keys)
      out.out(`${settings.withKeys}: the keys. Keep them apart from the backup.\n`)
    } else {
      out.out('The keys are not in it: --with-keys FILE writes them into a file of their own.\n')
    }
    return 0
  } catch (error) {
    if (!(error instanceof BackupError)) throw error
    out.err(`${error.message}\n`)
    return 1
  }
}

function keysFor({ data, to }: BackupSettings, file: string, env: NodeJS.ProcessEnv) {
  if (resolve(file).startsWith(resolve(to) + sep)) {
    throw new BackupError(`${file} would lie among the backups: whoever has both can read every secret`)
  }
  if (existsSync(file)) throw new BackupError(`${file} is there already: name another file for the keys`)
  const keys = findKeys(data, env)
  if (keys) return keys
  throw new BackupError(`there is no key to write: neither WEIR_SECRET_KEY nor ${data}/secret-key`)
}
