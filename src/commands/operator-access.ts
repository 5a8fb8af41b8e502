import { join } from 'node:path'
import type { BaseLogger } from 'pino'
import { newOperatorToken } from '../identity/credentials.ts'
import { hasOperatorToken, operatorToken } from '../identity/operator-token.ts'
import type { Sealer } from '../identity/sealing.ts'
import type { Store } from '../store/open-store.ts'
import { requireGiven } from './keys.ts'
import type { ServeSettings } from './settings.ts'
import { lendSecret, shareOrLeave } from './shared-secrets.ts'

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

async function shareOrMake(
  place: { readonly dataDir: string; readonly env: NodeJS.ProcessEnv },
  parts: Parts,
): Promise<OperatorAccess> {
  const { text, isMine } = await shareOrLeave('shared_token', newOperatorToken(), parts)
  if (isMine) return { ...operatorToken(place, () => text), created: true }
  parts.log.info({}, 'the operator token is the one of the nodes that were on this database before')
  return { token: text, created: false }
}

async function lend(token: string, parts: Parts): Promise<void> {
  const { log } = parts
  const { differs } = await lendSecret('shared_token', token, parts)
  if (differs) {
    log.warn(
      {},
      'the operator token of this node is another than that of the nodes on this database before it: give all the same',
    )
  }
}
