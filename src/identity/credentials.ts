import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** Invoice or credit note, credit, manual line, payment, notice that a plan ends. */
type InvoicingPrefix = 'inv' | 'crd' | 'lin' | 'pay' | 'ntc'

type AvailabilityPrefix = 'mnt' | 'exc' | 'inc'

export type IdPrefix =
  'org' | 'sub' | 'ssc' | 'app' | 'key' | 'mem' | 'trm' | 'whk' | 'tkt' | InvoicingPrefix | AvailabilityPrefix

/** An id nobody can guess: the prefix says what it names. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${randomBytes(12).toString('hex')}`
}

/** An app's API key. It travels in URLs, so it has only letters and digits. */
export function newApiKey(): string {
  return `wk${randomBytes(20).toString('hex')}`
}

/** An app's secret, which signs its users' tokens: 256 bits, the least that HS256 asks for (RFC 7518, 3.2). */
export function newAppSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** A member's bearer token. */
export function newMemberToken(): string {
  return `wm_${randomBytes(32).toString('base64url')}`
}

/** The operator's bearer token. */
export function newOperatorToken(): string {
  return `wo_${randomBytes(32).toString('base64url')}`
}

/**
 * SHA-256 in hex: what the store keeps instead of a credential. A slow hash would add nothing, since each
 * credential is random and at least 160 bits long.
 */
export function credentialHash(credential: string): string {
  return digest(credential).toString('hex')
}

/** Whether two credentials are the same, in a time that tells nothing about where they differ. */
export function sameCredential(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest()
}
