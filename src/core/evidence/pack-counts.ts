import { bytesOf, textOf } from './base64url.ts'

const MOST = 0xffffffff

/**
 * Counts as base64url text that is short where neighbours are alike: each is its difference from the one before, as a
 * zigzag varint; a run of no difference is a 0 and its length less one. A steady day takes eight characters.
 * Throws a RangeError for what is no whole number from 0 to 2^32 - 1.
 */
export function packCounts(counts: ArrayLike<number>): string {
  const bytes: number[] = []
  let before = 0
  for (let at = 0; at < counts.length;) {
    const count = counts[at]!
    if (!Number.isInteger(count) || count < 0 || count > MOST) throw new RangeError(`not a count: ${count}`)
    if (count === before) {
      const from = at
      while (at < counts.length && counts[at] === before) at++
      bytes.push(0)
      pushVarint(bytes, at - from - 1)
      continue
    }
    const difference = count - before
    pushVarint(bytes, difference > 0 ? 2 * difference : -2 * difference - 1)
    before = count
    at++
  }
  return textOf(Uint8Array.from(bytes))
}

/** The counts back. Throws a RangeError for text that `packCounts` would not have made of `length` counts. */
export function unpackCounts(text: string, length: number): Uint32Array {
  const bytes = bytesOf(text)
  const counts = new Uint32Array(length)
  const place = { at: 0 }
  let before = 0
  for (let at = 0; at < length;) {
    const zigzag = readVarint(bytes, place)
    if (zigzag === 0) {
      const end = at + readVarint(bytes, place) + 1
      if (end > length) throw new RangeError(`it holds more than ${length} counts`)
      counts.fill(before, at, end)
      at = end
      continue
    }
    before += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
    if (before < 0 || before > MOST) throw new RangeError(`count ${at} is out of range`)
    counts[at++] = before
  }
  // Of several ways to write the same counts, one is right.
  if (place.at !== bytes.length || packCounts(counts) !== text) {
    throw new RangeError(`it is not the packed form of ${length} counts`)
  }
  return counts
}

/** Seven bits a byte, the lowest first. Differences need 34 bits, so bit operators would not do. */
function pushVarint(bytes: number[], value: number): void {
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  bytes.push(rest)
}

const MOST_VARINT_BYTES = 5

function readVarint(bytes: Uint8Array, place: { at: number }): number {
  let value = 0
  for (let index = 0; index < MOST_VARINT_BYTES; index++) {
    const byte = bytes[place.at++]
    if (byte === undefined) throw new RangeError('it ends within a count')
    value += (byte % 128) * 128 ** index
    if (byte < 128) return value
  }
  throw new RangeError('a count is too long')
}
