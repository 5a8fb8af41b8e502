import { type SliceGrid, spanOf } from './slice-grid.ts'

/** What one probe saw from one place. */
export interface ProbeResult {
  readonly probe: string
  readonly place: string
  /** When it was sent, in the store's time. */
  readonly atMs: number
  /** The answer was as expected. */
  readonly ok: boolean
  /** How long the answer took. */
  readonly ms: number
  readonly detail: string | undefined
}

/** A result speaks for this many of its probe's intervals; a place that has said nothing for longer has no voice. */
const INTERVALS = 2

/**
 * What probes say of each slice: 1 up, 2 down, 0 nothing. Of the places whose last result up to the slice's end still
 * speaks, more than half must agree that a probe failed: two of three, and both of two. The API is down when one of its
 * probes is. `everySeconds` is each probe's interval; results of a probe that has none count for nothing.
 */
export function probedSlices(
  grid: SliceGrid,
  results: readonly ProbeResult[],
  everySeconds: ReadonlyMap<string, number>,
): Uint8Array {
  const said = new Uint8Array(grid.length)
  if (results.length === 0) return said
  const ascending = results.toSorted((a, b) => a.atMs - b.atMs)
  const last = new Map<string, Map<string, ProbeResult>>()
  let next = 0
  for (let slice = 0; slice < grid.length; slice++) {
    const { startMs, endMs } = spanOf(grid, slice)
    for (; next < ascending.length && ascending[next]!.atMs < endMs; next++) {
      const result = ascending[next]!
      const places = last.get(result.probe) ?? new Map<string, ProbeResult>()
      last.set(result.probe, places.set(result.place, result))
    }
    for (const [probe, places] of last) {
      const speaksMs = (everySeconds.get(probe) ?? 0) * 1000 * INTERVALS
      const heard = [...places.values()].filter(({ atMs }) => atMs + speaksMs > startMs)
      if (heard.length === 0) continue
      const failed = heard.filter(({ ok }) => !ok).length
      said[slice] = Math.max(said[slice]!, failed * 2 > heard.length ? 2 : 1)
    }
  }
  return said
}
