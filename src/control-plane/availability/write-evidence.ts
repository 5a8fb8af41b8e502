import { createHash } from 'node:crypto'
import type { Transaction } from 'kysely'
import type { JsonObject } from '../../core/evidence/canonical-json.ts'
import { NO_HEAD } from '../../core/evidence/chain.ts'
import { addEvidence, headBefore } from '../../store/evidence.ts'
import type { Schema } from '../../store/schema.ts'
import { type EvidenceFile, type EvidenceSigner, evidenceFile } from './evidence-file.ts'
import { type EvidenceFacts, evidenceRecords } from './evidence-records.ts'

/** A month's evidence before it has its place behind the month before. */
export interface PreparedEvidence {
  readonly organizationId: string
  readonly month: string
  readonly records: readonly JsonObject[]
}

/**
 * Packs what a month was judged by. It takes some 50 ms an app, so it is done before the transaction that closes the
 * month. Throws a RangeError while slices of the month are not judged yet.
 */
export async function prepareEvidence(
  facts: EvidenceFacts,
  signer: EvidenceSigner,
): Promise<PreparedEvidence> {
  const { organizationId, month } = facts
  const records = await evidenceRecords(facts, text => signer.saltOf(text), sha256)
  return { organizationId, month, records }
}

/**
 * Writes a month's evidence in the transaction that closes the month: chained to the head of the organization's month
 * before, and signed. The database refuses a second one of the same month.
 */
export async function writeEvidence(
  trx: Transaction<Schema>,
  { organizationId, month, records }: PreparedEvidence,
  signer: EvidenceSigner,
  nowMs: number,
): Promise<EvidenceFile> {
  const previous = (await headBefore(trx, organizationId, month)) ?? NO_HEAD
  const file = await evidenceFile(records, previous, signer, sha256)
  const { text, head, signature } = file
  const bytes = new TextEncoder().encode(text)
  await addEvidence(trx, { organizationId, month, file: bytes, head, signature, createdMs: nowMs })
  return file
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}
