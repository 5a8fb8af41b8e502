import type { Span } from '../time/span.ts'

/** Slices of one length, side by side: slice `i` is `[startMs + i x seconds, startMs + (i + 1) x seconds)`. */
export interface SliceGrid {
  /** Unix milliseconds; a multiple of the slices' length. */
  readonly startMs: number
  /** Divides 60. */
  readonly seconds: number
  readonly length: number
}

/** Valid and failed requests by slice, as many as the grid is long. */
export interface SliceCounts {
  readonly valid: Uint32Array
  readonly failed: Uint32Array
}

/** The slices that a span touches. */
export function gridOver({ startMs, endMs }: Span, seconds: number): SliceGrid {
  const sliceMs = seconds * 1000
  const firstMs = Math.floor(startMs / sliceMs) * sliceMs
  return { startMs: firstMs, seconds, length: Math.max(0, Math.ceil((endMs - firstMs) / sliceMs)) }
}

export function spanOf({ startMs, seconds }: SliceGrid, slice: number): Span {
  return { startMs: startMs + slice * seconds * 1000, endMs: startMs + (slice + 1) * seconds * 1000 }
}

/** 1 for each slice of which a span covers any part. */
export function touchedBy(grid: SliceGrid, spans: readonly Span[]): Uint8Array {
  return mark(grid, spans, Math.floor, Math.ceil)
}

/** 1 for each slice that one span covers whole. */
export function coveredBy(grid: SliceGrid, spans: readonly Span[]): Uint8Array {
  return mark(grid, spans, Math.ceil, Math.floor)
}

function mark(
  grid: SliceGrid,
  spans: readonly Span[],
  first: (slice: number) => number,
  end: (slice: number) => number,
): Uint8Array {
  const marked = new Uint8Array(grid.length)
  const sliceMs = grid.seconds * 1000
  for (const { startMs, endMs } of spans) {
    if (startMs >= endMs) continue
    const from = Math.max(0, first((startMs - grid.startMs) / sliceMs))
    const to = Math.min(grid.length, end((endMs - grid.startMs) / sliceMs))
    if (from < to) marked.fill(1, from, to)
  }
  return marked
}
