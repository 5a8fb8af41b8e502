import type { SliceCounts, SliceGrid } from './slice-grid.ts'

/** Slices of one length side by side from an instant on, as they were recorded. */
export interface RecordedRun {
  readonly startMs: number
  readonly seconds: number
  readonly valid: ArrayLike<number>
  readonly failed: ArrayLike<number>
}

/** Adds up what was recorded, in whatever pieces and order it comes. */
export interface SliceSums {
  /** As long as the grid; a run that lies on it slice by slice may be added to them from `placeOf` on. */
  readonly valid: Int32Array
  readonly failed: Int32Array
  placeOf(run: Pick<RecordedRun, 'startMs' | 'seconds'> & { readonly length: number }): number | undefined
  /** One slice. */
  add(sliceMs: number, valid: number, failed: number): void
  addRun(run: RecordedRun): void
  /** What it came to; nothing may be added after. */
  counts(): SliceCounts
}

/**
 * Sums on a grid; what lies outside it is left out. A slice of another length, recorded under another contract, counts
 * where it begins. A sum below zero, where a correction came without what it corrects, is nothing.
 */
export function createSliceSums({ startMs: gridMs, seconds: gridSeconds, length }: SliceGrid): SliceSums {
  const valid = new Int32Array(length)
  const failed = new Int32Array(length)
  const gridSliceMs = gridSeconds * 1000
  return {
    valid,
    failed,
    placeOf({ startMs, seconds, length: slices }) {
      const place = (startMs - gridMs) / gridSliceMs
      const isOnGrid = seconds === gridSeconds && Number.isInteger(place)
      return isOnGrid && place >= 0 && place + slices <= length ? place : undefined
    },
    add(sliceMs, ownValid, ownFailed) {
      const slice = Math.floor((sliceMs - gridMs) / gridSliceMs)
      if (slice < 0 || slice >= length) return
      valid[slice]! += ownValid
      failed[slice]! += ownFailed
    },
    addRun({ startMs, seconds, valid: ownValid, failed: ownFailed }) {
      const sliceMs = seconds * 1000
      const offsetMs = startMs - gridMs
      const from = Math.max(0, Math.ceil(-offsetMs / sliceMs))
      const to = Math.min(ownValid.length, Math.ceil((length * gridSliceMs - offsetMs) / sliceMs))
      for (let at = from; at < to; at++) {
        const slice = Math.floor((offsetMs + at * sliceMs) / gridSliceMs)
        valid[slice]! += ownValid[at]!
        failed[slice]! += ownFailed[at]!
      }
    },
    counts: () => ({ valid: fromZero(valid), failed: fromZero(failed) }),
  }
}

function fromZero(sums: Int32Array<ArrayBuffer>): Uint32Array {
  // Hardly ever is one below zero: its sign shows in all of them together.
  let all = 0
  for (let at = 0; at < sums.length; at++) all |= sums[at]!
  if (all < 0) for (let at = 0; at < sums.length; at++) sums[at] = Math.max(0, sums[at]!)
  return new Uint32Array(sums.buffer)
}
