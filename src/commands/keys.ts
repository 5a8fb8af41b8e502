import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Sealer, appSecretContext, openSealer } from '../identity/sealing.ts'
import { anySealedSecret } from '../store/apps.ts'
import { keepKeyCheck, readKeyCheck } from '../store/key-check.ts'
import type { Store } from '../store/open-store.ts'
import { serialized } from '../store/serialized.ts'
import type { Role, ServeSettings } from './settings.ts'
import { hasSubscriberSecrets } from '../store/status-subscribers.ts'
import { hasWebhooks } from '../store/webhooks.ts'
import { UsageError } from './usage-error.ts'

type Environment = NodeJS.ProcessEnv

/**
 * The key of the store's secrets. Throws a UsageError when this node has to be given one and was not, or when the
 * store's secrets were sealed with another.
 */
export async function openStoreKey(settings: ServeSettings, env: Environment, store: Store): Promise<Sealer> {
  const { role, data: dataDir, databaseUrl } = settings
  requireGiven(role, { file: join(dataDir, 'secret-key'), variable: 'WEIR_SECRET_KEY' }, env)
  const secret = await anySealedSecret(store.db)
  const isUsed =
    secret !== undefined || (await hasWebhooks(store.db)) || (await hasSubscriberSecrets(store.db))
  const sealer = openSealer({ dataDir, env, isUsed })
  await serialized(store.db, async trx => {
    const kept = await readKeyCheck(trx)
    const opens =
      (!kept || canOpen(sealer, kept, CONTEXT)) &&
      (!secret || canOpen(sealer, secret.sealedSecret, appSecretContext(secret.appId)))
    // A file of SQLite's is nobody else's: while nothing is sealed in it, a lost key may be replaced.
    if (!opens && (databaseUrl !== undefined || isUsed)) throw wrongKey()
    if (!kept || !opens) await keepKeyCheck(trx, sealer.seal(SAID, CONTEXT))
  })
  return sealer
}

/**
 * Throws a UsageError when a node of one role was not given a key: one that it made itself would be another than that of
 * the nodes beside it.
 */
export function requireGiven(role: Role, key: { file: string; variable: string }, env: Environment): void {
  if (role === 'all' || env[key.variable] || existsSync(key.file)) return
  throw new UsageError(
    `a node with --role ${role} has to be given the keys that all nodes share: set ${key.variable}, or put the ` +
      `file ${key.file} there, from the node that started first`,
  )
}

/** The first node to start leaves a sealed text in the store, which every other has to be able to open. */
const CONTEXT = 'key-check'
const SAID = 'weir'

function canOpen(sealer: Sealer, sealed: Uint8Array, context: string): boolean {
  try {
    sealer.open(sealed, context)
    return true
  } catch {
    return false
  }
}

function wrongKey(): UsageError {
  return new UsageError(
    'the key of this node does not open what is in the database: set WEIR_SECRET_KEY to the key of the nodes that ' +
      'use it already, or put their file secret-key into --data',
  )
}
