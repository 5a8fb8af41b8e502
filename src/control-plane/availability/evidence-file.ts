import { textOf } from '../../core/evidence/base64url.ts'
import { type JsonObject, canonicalJson } from '../../core/evidence/canonical-json.ts'
import { type Hash, chain } from '../../core/evidence/chain.ts'
import { type SignatureRecord, signedMessage } from '../../core/evidence/signature.ts'

/** Who writes a file, and what it does that a value cannot. */
export interface EvidenceSigner {
  /** Base64url of 32 bytes. */
  readonly publicKey: string
  /** Ed25519 */
  sign(message: Uint8Array): Uint8Array
  /** A secret of this provider's for a text, hex: the same for the same text. */
  saltOf(text: string): string
}

export interface EvidenceFile {
  readonly text: string
  /** Hex */
  readonly head: string
  /** Base64url */
  readonly signature: string
}

/** Chains a month's records and signs their head. `previous`: the head of the organization's month before. */
export async function evidenceFile(
  records: readonly JsonObject[],
  previous: string,
  signer: EvidenceSigner,
  hash: Hash,
): Promise<EvidenceFile> {
  const { lines, head } = await chain(records, previous, hash)
  const signature = textOf(signer.sign(signedMessage(head)))
  const last: SignatureRecord = { kind: 'signature', head, publicKey: signer.publicKey, signature }
  return { text: `${[...lines, canonicalJson(last)].join('\n')}\n`, head, signature }
}
