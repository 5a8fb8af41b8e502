import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { EVIDENCE_KEY_FILE } from '../identity/evidence-key.ts'
import { type StoreKeys, placeKeys, readKeyFile } from '../identity/key-file.ts'
import { restoreBackup } from '../store/backups/restore-backup.ts'
import { placeName } from '../store/open-store.ts'
import type { Output } from './migrate.ts'
import { type StoreSettings, storePlace } from './store-place.ts'
import { isBug } from './usage-error.ts'

export interface RestoreSettings extends StoreSettings {
  readonly from: string
  /** What `weir backup --with-keys` wrote. */
  readonly keys?: string | undefined
}

/** `weir restore`: a backup into an empty place. Resolves to the exit status. */
export async function runRestore(
  settings: RestoreSettings,
  env: NodeJS.ProcessEnv,
  out: Output,
): Promise<number> {
  try {
    const place = storePlace(settings)
    const keys = settings.keys === undefined ? undefined : readKeyFile(settings.keys)
    const { takenAt, weir } = await restoreBackup(settings.from, place)
    out.out(`Restored into ${placeName(place)}: what was stored at ${takenAt}, by Weir ${weir}.\n`)
    if (keys) placeKeys(settings.data, keys)
    tellKeys(settings, env, keys, out)
    return 0
  } catch (error) {
    if (isBug(error)) throw error
    out.err(`${(error as Error).message}\n`)
    return 1
  }
}

function tellKeys(
  { data }: RestoreSettings,
  env: NodeJS.ProcessEnv,
  keys: StoreKeys | undefined,
  { out }: Output,
): void {
  if (keys) out(`The keys are in ${data}.\n`)
  if (!keys && !env['WEIR_SECRET_KEY'] && !existsSync(join(data, 'secret-key'))) {
    out(
      `The sealing key is missing: put it into ${join(data, 'secret-key')} or set WEIR_SECRET_KEY. Without it Weir ` +
        'does not start on this store, and the secrets of its apps are lost: no token of a user can be checked.\n',
    )
  }
  if (!keys?.operatorToken && !env['WEIR_OPERATOR_TOKEN'] && !existsSync(join(data, 'operator-token'))) {
    out('The operator token is missing: the next start makes a new one, and the old one is refused.\n')
  }
  if (!keys?.evidenceKey && !env['WEIR_EVIDENCE_KEY'] && !existsSync(join(data, EVIDENCE_KEY_FILE))) {
    out(
      'The evidence key is missing: but for Postgres, which holds it sealed, Weir does not start without it once a month ' +
        'was signed with it; before that, the next start makes a new one.\n',
    )
  }
}
