/**
 * HalfSipHash with a 64-bit result (Aumasson and Bernstein's SipHash on 32-bit words) over the UTF-16LE bytes of a
 * text. Its key is random and never leaves the process, so nobody can choose a user id that falls onto another's
 * counter; it is built from 32-bit operations, which JavaScript does natively.
 */
export interface HashKey {
  readonly k0: number
  readonly k1: number
}

/** Where the result lies. One object, used again: a hash is taken for every request. */
export const hashed = { low: 0, high: 0 }

/** HalfSipHash-1-3: one round a block and three for each half of the result, as Linux keys its hash tables. */
export function keyedHash(key: HashKey, text: string): void {
  let v0 = key.k0 | 0
  let v1 = key.k1 ^ 0xee
  let v2 = 0x6c796765 ^ key.k0
  let v3 = 0x74656462 ^ key.k1
  const { length } = text
  // The round stands here twice: a function has one result, and four that lie in memory cost half as much again.
  for (let at = 0; at <= length; at += 2) {
    const word = at + 1 < length ? text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16) : lastBlock(text, at)
    v3 ^= word
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
    v0 ^= word
  }
  v2 ^= 0xee
  for (let round = 0; round < 6; round++) {
    if (round === 3) {
      hashed.low = (v1 ^ v3) >>> 0
      v1 ^= 0xdd
    }
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
  hashed.high = (v1 ^ v3) >>> 0
}

/** Holds an odd unit, if there is one, and the length in bytes in its top byte. */
function lastBlock(text: string, at: number): number {
  return (at < text.length ? text.charCodeAt(at) : 0) | (text.length << 25)
}
