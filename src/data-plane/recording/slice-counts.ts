import type { SliceCount } from '../../store/batch.ts'

/** Counts by name and slice; no text is put together for a request. */
export interface SliceCounts {
  add(name: string, sliceMs: number, seconds: number, valid: number, failed: number): void
  /** All of them; then it is empty. */
  take(): SliceCount[]
}

export function createSliceCounts(): SliceCounts {
  let byName = new Map<string, Map<number, Mutable>>()

  return {
    add(name, sliceMs, seconds, valid, failed) {
      let slices = byName.get(name)
      if (!slices) byName.set(name, (slices = new Map()))
      // Slices of two lengths may begin at the same instant: below a minute, so the sum tells them apart.
      const key = sliceMs * 100 + seconds
      const slice = slices.get(key)
      if (slice) {
        slice.valid += valid
        slice.failed += failed
      } else slices.set(key, { name, sliceMs, seconds, valid, failed })
    },
    take() {
      const taken = [...byName.values()].flatMap(slices => [...slices.values()])
      byName = new Map()
      // Corrections may cancel what they correct.
      return taken.filter(({ valid, failed }) => valid !== 0 || failed !== 0)
    },
  }
}

type Mutable = { -readonly [K in keyof SliceCount]: SliceCount[K] }
