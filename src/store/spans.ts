import type { Span } from './batch.ts'

/** Spans that touch, or lie no further apart than `gapMs`, as one; ascending. */
export function joinSpans(spans: readonly Span[], gapMs: number): Span[] {
  const joined: { fromMs: number; toMs: number }[] = []
  for (const { fromMs, toMs } of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = joined.at(-1)
    if (last && fromMs <= last.toMs + gapMs) last.toMs = Math.max(last.toMs, toMs)
    else joined.push({ fromMs, toMs })
  }
  return joined
}
