import { join } from 'node:path'
import type { BaseLogger } from 'pino'
import { newOperatorToken } from '../identity/credentials.ts'
import { hasOperatorToken, operatorToken } from '../identity/operator-token.ts'
import type { Sealer } from '../identity/sealing.ts'
import type { Store } from '../store/open-store.ts'
import { serialized } from '../store/serialized.ts'
import { keepSharedToken, readSharedToken } from '../store/shared-token.ts'
import { requireGiven } from './keys.ts'
import type { ServeSettings } from './settings.ts'

export interface OperatorAccess {
  readonly token: string
  /** True if this start made the token: then it has to be shown, once. */
  readonly created: boolean
}

interface Parts {
  readonly env: NodeJS.ProcessEnv
  readonly store: Store
  readonly sealer: Sealer
  readonly log: Pick<BaseLogger, 'info' | 'warn'>
}

/**
 * The operator's token; undefined on a gateway, which asks nobody for it. A node answers to the one it was given; nodes
 * of role `all` on one Postgres that were given none share the first that was made or given. Throws a UsageError on a
 * node that has to be given one and was not.
 */
export async function openOperatorToken(
  settings: ServeSettings,
  parts: Parts,
): Promise<OperatorAccess | undefined> {
  const { role, data: dataDir, databaseUrl } = settings
  const { env, log } = parts
  if (role === 'gateway') return undefined
  requireGiven(role, { file: join(dataDir, 'operator-token'), variable: 'WEIR_OPERATOR_TOKEN' }, env)
  const place = { dataDir, env }
  if (databaseUrl !== undefined && !hasOperatorToken(place)) return shareOrMake(place, parts)
  const { token, created, warning } = operatorToken(place)
  if (warning) log.warn({}, warning)
  if (databaseUrl !== undefined) await lend(token, parts)
  return { token, created }
}

/** Of nodes that start at once one makes it, and the others find it in the store. */
async function shareOrMake(
  place: { readonly dataDir: string; readonly env: NodeJS.ProcessEnv },
  { store, sealer, log }: Parts,
): Promise<OperatorAccess> {
  const mine = newOperatorToken()
  const kept = await serialized(store.db, async trx => {
    const sealed = await readSharedToken(trx)
    if (sealed === undefined) await keepSharedToken(trx, sealer.seal(mine, CONTEXT))
    return sealed
  })
  if (kept === undefined) return { ...operatorToken(place, () => mine), created: true }
  log.info({}, 'the operator token is the one of the nodes that were on this database before')
  return { token: sealer.open(kept, CONTEXT), created: false }
}

/** What a node was given is what those that were given nothing will use. */
async function lend(token: string, { store, sealer, log }: Parts): Promise<void> {
  const differs = await serialized(store.db, async trx => {
    const sealed = await readSharedToken(trx)
    const before = sealed && sealer.open(sealed, CONTEXT)
    if (before !== token) await keepSharedToken(trx, sealer.seal(token, CONTEXT))
    return before !== undefined && before !== token
  })
  if (differs) {
    log.warn(
      {},
      'the operator token of this node is another than that of the nodes on this database before it: give all the same',
    )
  }
}

const CONTEXT = 'operator-token'
