import { addPacked, packedBytes } from '../exact/packed-counts.ts'
import { bytesOf, textOf } from './base64url.ts'

/**
 * Counts as base64url text of their packed bytes, short where neighbours are alike: a steady day takes eight characters.
 * Throws a RangeError for what is no whole number from 0 to 2^32 - 1.
 */
export function packCounts(counts: ArrayLike<number>): string {
  return textOf(packedBytes(counts, 0))
}

/** The counts back. Throws a RangeError for text that `packCounts` would not have made of `length` counts. */
export function unpackCounts(text: string, length: number): Uint32Array {
  const bytes = bytesOf(text)
  const counts = new Uint32Array(length)
  const end = addPacked(bytes, 0, { into: counts, from: 0, length }, 0)
  // Of several ways to write the same counts, one is right.
  if (end !== bytes.length || packCounts(counts) !== text) {
    throw new RangeError(`it is not the packed form of ${length} counts`)
  }
  return counts
}
