/**
 * HalfSipHash-2-4 with a 64-bit result (Aumasson and Bernstein's SipHash on 32-bit words) over the UTF-16LE
 * bytes of a text. Its key is random and never leaves the process, so nobody can choose a user id that falls
 * onto another's counter; it is built from 32-bit operations, which JavaScript does natively.
 */
export interface HashKey {
  readonly k0: number
  readonly k1: number
}

/** Where the result lies. One object, used again: a hash is taken for every request. */
export const hashed = { low: 0, high: 0 }

export function keyedHash(key: HashKey, text: string): void {
  let v0 = key.k0
  let v1 = key.k1 ^ 0xee
  let v2 = 0x6c796765 ^ key.k0
  let v3 = 0x74656462 ^ key.k1
  const blocks = (text.length >>> 1) + 1
  // Two steps after the last block finish the two halves of the result.
  for (let step = 0; step < blocks + 2; step++) {
    const word = step < blocks ? block(text, step, blocks) : 0
    if (step === blocks) v2 ^= 0xee
    if (step === blocks + 1) v1 ^= 0xdd
    v3 ^= word
    for (let round = step < blocks ? 2 : 4; round > 0; round--) {
      v0 = (v0 + v1) | 0
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
      v0 = (v0 << 16) | (v0 >>> 16)
      v2 = (v2 + v3) | 0
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
      v0 = (v0 + v3) | 0
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
      v2 = (v2 + v1) | 0
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
      v2 = (v2 << 16) | (v2 >>> 16)
    }
    v0 ^= word
    if (step === blocks) hashed.low = (v1 ^ v3) >>> 0
  }
  hashed.high = (v1 ^ v3) >>> 0
}

/** Two code units; the last block holds an odd unit, if there is one, and the length in bytes in its top byte. */
function block(text: string, index: number, blocks: number): number {
  const at = index << 1
  if (index < blocks - 1) return text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16)
  return (at < text.length ? text.charCodeAt(at) : 0) | (text.length << 25)
}
