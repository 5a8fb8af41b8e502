import { type Sealer, appSecretContext } from '../../identity/sealing.ts'
import { createKeySets } from '../../identity/key-sets.ts'
import { createTokenVerifier } from '../../identity/tokens.ts'
import { keyHashesOf } from '../../store/api-keys.ts'
import { sealedSecretOf } from '../../store/apps.ts'
import type { Store } from '../../store/open-store.ts'
import type { Contracts } from './contracts.ts'

/** Whether a token is a valid server token of an app, by the contract in force. */
export function serverTokenCheck(deps: {
  readonly store: Store
  readonly sealer: Sealer
  readonly contracts: Contracts
  readonly clock: () => number
}): (appId: string, token: string) => Promise<boolean> {
  const { store, sealer, contracts, clock } = deps
  const keySets = createKeySets()
  return async (appId, token) => {
    const { identity } = contracts.inForce().contract
    const sealed = await sealedSecretOf(store.db, appId)
    if (!identity.token || sealed === undefined) return false
    const secret = sealer.open(sealed, appSecretContext(appId))
    const keyHashes = await keyHashesOf(store.db, appId)
    const verdict = await createTokenVerifier(identity, keySets).verify(
      token,
      { id: appId, keyHashes, secret },
      clock(),
    )
    return verdict.ok && verdict.facts.server
  }
}
