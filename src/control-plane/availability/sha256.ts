import { createHash } from 'node:crypto'

/** What chains and commitments of evidence are made with. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}
