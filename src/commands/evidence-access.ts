import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { BaseLogger } from 'pino'
import {
  type EvidenceKey,
  EVIDENCE_KEY_FILE,
  evidenceKeyOf,
  newEvidenceSeed,
  openEvidenceKey,
} from '../identity/evidence-key.ts'
import type { Sealer } from '../identity/sealing.ts'
import { hasEvidence } from '../store/evidence.ts'
import type { Store } from '../store/open-store.ts'
import { readSharedSecret } from '../store/shared-secret.ts'
import { requireGiven } from './keys.ts'
import type { ServeSettings } from './settings.ts'
import { lendSecret, shareOrLeave } from './shared-secrets.ts'

interface Parts {
  readonly env: NodeJS.ProcessEnv
  readonly store: Store
  readonly sealer: Sealer
  readonly log: Pick<BaseLogger, 'info' | 'warn'>
}

/**
 * The key that evidence is signed with; undefined on a gateway, which signs nothing. A node signs with the one it was
 * given; nodes of role `all` on one Postgres that were given none share the first that was made or given. Throws a
 * UsageError on a node that has to be given one and was not, and an Error when the one that signed before is gone.
 */
export async function openNodeEvidenceKey(
  { role, data: dataDir, databaseUrl }: ServeSettings,
  parts: Parts,
): Promise<EvidenceKey | undefined> {
  if (role === 'gateway') return undefined
  const { env, store, log } = parts
  const file = join(dataDir, EVIDENCE_KEY_FILE)
  requireGiven(role, { file, variable: 'WEIR_EVIDENCE_KEY' }, env)
  const place = { dataDir, env, isUsed: await hasEvidence(store.db) }
  if (databaseUrl === undefined) return openEvidenceKey(place)
  if (!env['WEIR_EVIDENCE_KEY'] && !existsSync(file)) return shareOrMake(place, parts)
  const key = openEvidenceKey(place)
  const { differs } = await lendSecret('shared_evidence_key', key.seed, parts)
  if (differs) {
    log.warn(
      {},
      'the evidence key of this node is another than that of the nodes on this database before it: give all the ' +
        'same, and publish both public keys',
    )
  }
  return key
}

async function shareOrMake(place: Parameters<typeof openEvidenceKey>[0], parts: Parts): Promise<EvidenceKey> {
  const isKept = (await readSharedSecret(parts.store.db, 'shared_evidence_key')) !== undefined
  // With neither a file nor a row it says that the key is gone.
  if (place.isUsed && !isKept) return openEvidenceKey(place)
  const { text, isMine } = await shareOrLeave('shared_evidence_key', newEvidenceSeed(), parts)
  if (isMine) return openEvidenceKey({ ...place, isUsed: false }, () => text)
  parts.log.info({}, 'the evidence key is the one of the nodes that were on this database before')
  return evidenceKeyOf(text, 'the evidence key in the database')
}
