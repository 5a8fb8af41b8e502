import type { Sealer } from '../identity/sealing.ts'
import type { Store } from '../store/open-store.ts'
import { serialized } from '../store/serialized.ts'
import { type SharedSecret, keepSharedSecret, readSharedSecret } from '../store/shared-secret.ts'

interface Parts {
  readonly store: Store
  readonly sealer: Sealer
}

/**
 * The secret that the nodes of this store share, or `mine` if there is none yet: of nodes that start at once one leaves
 * its own there, and the others find it. `isMine`: this one did.
 */
export async function shareOrLeave(
  of: SharedSecret,
  mine: string,
  { store, sealer }: Parts,
): Promise<{ readonly text: string; readonly isMine: boolean }> {
  const kept = await serialized(store.db, async trx => {
    const sealed = await readSharedSecret(trx, of)
    if (sealed === undefined) await keepSharedSecret(trx, of, sealer.seal(mine, CONTEXTS[of]))
    return sealed
  })
  if (kept === undefined) return { text: mine, isMine: true }
  return { text: sealer.open(kept, CONTEXTS[of]), isMine: false }
}

/**
 * What a node was given is what those that were given nothing will use. Resolves to whether they had another before.
 */
export async function lendSecret(
  of: SharedSecret,
  text: string,
  { store, sealer }: Parts,
): Promise<{ readonly differs: boolean }> {
  return serialized(store.db, async trx => {
    const sealed = await readSharedSecret(trx, of)
    const before = sealed && sealer.open(sealed, CONTEXTS[of])
    if (before !== text) await keepSharedSecret(trx, of, sealer.seal(text, CONTEXTS[of]))
    return { differs: before !== undefined && before !== text }
  })
}

/** What each is sealed for: one does not open as the other. */
const CONTEXTS: Readonly<Record<SharedSecret, string>> = {
  shared_token: 'operator-token',
  shared_evidence_key: 'evidence-key',
}
