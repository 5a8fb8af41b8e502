import type { Transaction } from 'kysely'
import { NO_HEAD } from '../../core/evidence/chain.ts'
import { addEvidence, headBefore, keepTotals } from '../../store/evidence.ts'
import type { Schema } from '../../store/schema.ts'
import { type EvidenceFile, type EvidenceSigner, evidenceFile } from './evidence-file.ts'
import { type EvidenceFacts, evidenceRecords } from './evidence-records.ts'
import { sha256 } from './sha256.ts'

/**
 * Writes a month's evidence in the transaction that closes the month: chained to the head of the organization's month
 * before, and signed. The database refuses a second one of the same month.
 */
export async function writeEvidence(
  trx: Transaction<Schema>,
  facts: EvidenceFacts,
  signer: EvidenceSigner,
  nowMs: number,
): Promise<EvidenceFile> {
  const { organizationId, month, measured } = facts
  const previous = (await headBefore(trx, organizationId, month)) ?? NO_HEAD
  const file = await evidenceFile(evidenceRecords(facts), previous, signer, sha256)
  const { text, head, signature } = file
  const bytes = new TextEncoder().encode(text)
  const { totals } = measured
  if (totals !== undefined) await keepTotals(trx, totals)
  const stored = { organizationId, month, file: bytes, head, signature, createdMs: nowMs }
  await addEvidence(trx, { ...stored, totalsId: totals?.id })
  return file
}
