import { createHash } from 'node:crypto'
import type { Transaction } from 'kysely'
import { NO_HEAD } from '../../core/evidence/chain.ts'
import { addEvidence, headBefore } from '../../store/evidence.ts'
import { exclusionsWithin } from '../../store/exclusions.ts'
import { maintenanceWithin } from '../../store/maintenance.ts'
import type { Schema } from '../../store/schema.ts'
import { type EvidenceFile, type EvidenceSigner, evidenceFile } from './evidence-file.ts'
import type { EvidenceFacts } from './evidence-records.ts'

/** What the close of a month knows; what people said is read beside it, in the same transaction. */
export type ClosingFacts = Omit<EvidenceFacts, 'maintenance' | 'exclusions'>

/**
 * Writes a month's evidence, in the transaction that closes the month: `judged` and `report` must have been read in it
 * too. It goes on from the head of the organization's month before. Throws a RangeError while slices of the month are
 * not final, and what the database says when the month has evidence already.
 */
export async function writeEvidence(
  trx: Transaction<Schema>,
  facts: ClosingFacts,
  signer: EvidenceSigner,
  nowMs: number,
): Promise<EvidenceFile> {
  const { organizationId, month, judged } = facts
  const { startMs, seconds, length } = judged.grid
  const within = { fromMs: startMs, toMs: startMs + length * seconds * 1000 }
  const exclusions = await exclusionsWithin(trx, within, organizationId)
  const said = {
    maintenance: await maintenanceWithin(trx, within),
    exclusions: exclusions.filter(({ withdrawn }) => !withdrawn),
  }
  const previous = (await headBefore(trx, organizationId, month)) ?? NO_HEAD
  const file = await evidenceFile({ ...facts, ...said }, previous, signer, sha256)
  const { text, head, signature } = file
  await addEvidence(trx, {
    organizationId,
    month,
    file: new TextEncoder().encode(text),
    head,
    signature,
    createdMs: nowMs,
  })
  return file
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}
