import { describe, expect, it } from 'vitest'
import { hashed, keyedHash } from './keyed-hash.ts'

/** The reference implementation's vectors for key 00…07 and inputs 00, 01, 02, … of even length. */
const vectors: [bytes: number, hex: string][] = [
  [0, '218d1f59b9b83cc8'],
  [2, '064f39ef7c50eb57'],
  [4, 'd5e78a175be52ea1'],
  [6, 'ce3e91358aa2bc25'],
  [8, 'edfee820bce4858c'],
  [10, '95b0469f06a6f2ee'],
  [12, '7bc71f9faef5c799'],
  [14, '3bb1a870eae8e658'],
  [16, '7336aad25f7bf3b5'],
  [18, 'c9b2db2b9a3e42f9'],
]

function hex(text: string, key = { k0: 0x03020100, k1: 0x07060504 }): string {
  keyedHash(key, text)
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32LE(hashed.low, 0)
  bytes.writeUInt32LE(hashed.high, 4)
  return bytes.toString('hex')
}

describe('the keyed hash', () => {
  it.each(vectors)('is HalfSipHash-2-4-64: %i bytes', (bytes, expected) => {
    expect(hex(Buffer.from(Array.from({ length: bytes }, (_, i) => i)).toString('utf16le'))).toBe(expected)
  })

  it('depends on its key', () => {
    expect(hex('alice', { k0: 1, k1: 2 })).not.toBe(hex('alice', { k0: 1, k1: 3 }))
  })

  it('tells a text from the same text with a NUL behind it', () => {
    expect(hex('alice')).not.toBe(hex('alice\0'))
    expect(hex('')).not.toBe(hex('\0'))
  })
})
