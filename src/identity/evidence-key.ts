import { type KeyObject, createHmac, createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readOrCreatePrivateFile } from './private-file.ts'

/** Signs the heads of evidence files, so that a customer can see that they are this provider's. */
export interface EvidenceKey {
  /** Base64url of 32 bytes. */
  readonly publicKey: string
  /** What it was made of, base64: whoever has it can sign. */
  readonly seed: string
  /** Ed25519 */
  sign(message: Uint8Array): Uint8Array
  /** A secret for a text, hex: the same for the same text, and of no use for another. */
  saltOf(text: string): string
  /** Something the operator should hear about the key file. */
  readonly warning: string | undefined
}

export interface EvidenceKeyOptions {
  readonly dataDir: string
  readonly env: NodeJS.ProcessEnv
  /** Was something signed with it already? Then a missing key is a loss, and making another one would hide it. */
  readonly isUsed?: boolean
}

export const EVIDENCE_KEY_FILE = 'evidence-key'

/**
 * The key is `WEIR_EVIDENCE_KEY` (base64 of 32 bytes), or lies in `<dataDir>/evidence-key`, made at the first start with
 * what `make` gives. Throws an Error in words for people when it is none, or is gone.
 */
export function openEvidenceKey(
  { dataDir, env, isUsed = false }: EvidenceKeyOptions,
  make: () => string = newEvidenceSeed,
): EvidenceKey {
  const given = env['WEIR_EVIDENCE_KEY']
  if (given) return evidenceKeyOf(given, 'WEIR_EVIDENCE_KEY')
  const file = join(dataDir, EVIDENCE_KEY_FILE)
  if (isUsed && !existsSync(file)) {
    throw new Error(
      `${file} is gone, and evidence was signed with it. Put it back from where the keys are kept. If it is lost, ` +
        'set WEIR_EVIDENCE_KEY to a new one (openssl rand -base64 32) and publish its public key beside the old one.',
    )
  }
  const { text, warning } = readOrCreatePrivateFile(file, make)
  return evidenceKeyOf(text, file, warning)
}

/** Base64 of 32 bytes. */
export function newEvidenceSeed(): string {
  return randomBytes(SEED_BYTES).toString('base64')
}

const SEED_BYTES = 32
/** What stands before an Ed25519 seed in PKCS #8 (RFC 8410, section 7). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The key of a seed. `source`: what an Error names if it is none. */
export function evidenceKeyOf(text: string, source: string, warning?: string): EvidenceKey {
  const seed = Buffer.from(text, 'base64')
  if (seed.length !== SEED_BYTES) {
    throw new Error(
      `${source} must be the base64 of ${SEED_BYTES} bytes, but it holds ${seed.length}. ` +
        'Make one with: openssl rand -base64 32',
    )
  }
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' })
  return {
    publicKey: publicKeyOf(key),
    seed: seed.toString('base64'),
    sign: message => sign(null, message, key),
    saltOf: about => createHmac('sha256', seed).update(`weir evidence salt\n${about}`).digest('hex'),
    warning,
  }
}

function publicKeyOf(key: KeyObject): string {
  const { x } = createPublicKey(key).export({ format: 'jwk' })
  if (x === undefined) throw new Error('an Ed25519 key has no public part')
  return x
}
