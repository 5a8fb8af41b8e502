import { addPacked, packedBytes } from '../core/exact/packed-counts.ts'

export const DAY_MS = 86_400_000

/** The slices of one length of a UTC day, by their place in it. Corrections may stand below zero. */
export interface SliceDay {
  readonly valid: Int32Array
  readonly failed: Int32Array
}

/** Only a length that divides a day has days. */
export function emptyDay(seconds: number): SliceDay {
  const length = slicesADay(seconds)
  return { valid: new Int32Array(length), failed: new Int32Array(length) }
}

/** The valid requests of all slices, then the failed ones. */
export function packDay({ valid, failed }: SliceDay): Uint8Array {
  const [one, other] = [packedBytes(valid), packedBytes(failed)]
  const bytes = new Uint8Array(one.length + other.length)
  bytes.set(one)
  bytes.set(other, one.length)
  return bytes
}

/**
 * Adds a packed day to counts that have a place for all of its slices, the first of them at `from`. Throws a RangeError
 * for other bytes.
 */
export function addDay(bytes: Uint8Array, seconds: number, { valid, failed }: SliceDay, from = 0): void {
  const length = slicesADay(seconds)
  const between = addPacked(bytes, 0, { into: valid, from, length })
  const end = addPacked(bytes, between, { into: failed, from, length })
  if (end !== bytes.length) throw new RangeError(`a packed day of slices goes on behind its ${end} bytes`)
}

export function slicesADay(seconds: number): number {
  return DAY_MS / 1000 / seconds
}
