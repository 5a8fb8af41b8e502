/** Time from `startMs` up to, but without, `endMs`, both in Unix milliseconds. With both equal it is empty. */
export interface Span {
  readonly startMs: number
  readonly endMs: number
}

/** Spans without overlaps or gaps of nothing, ascending: what several spans cover together. */
export function union(spans: readonly Span[]): Span[] {
  const joined: Span[] = []
  for (const span of spans.filter(isNotEmpty).toSorted((a, b) => a.startMs - b.startMs)) {
    const last = joined.at(-1)
    if (last === undefined || span.startMs > last.endMs) joined.push(span)
    else joined[joined.length - 1] = { ...last, endMs: Math.max(last.endMs, span.endMs) }
  }
  return joined
}

/** What both cover, ascending. */
export function intersection(one: readonly Span[], other: readonly Span[]): Span[] {
  const [a, b] = [union(one), union(other)]
  const shared: Span[] = []
  let [i, j] = [0, 0]
  for (let left = a[i], right = b[j]; left && right; left = a[i], right = b[j]) {
    const startMs = Math.max(left.startMs, right.startMs)
    const endMs = Math.min(left.endMs, right.endMs)
    if (startMs < endMs) shared.push({ startMs, endMs })
    if (left.endMs < right.endMs) i++
    else j++
  }
  return shared
}

/** What `from` covers and `without` does not, ascending. */
export function subtraction(from: readonly Span[], without: readonly Span[]): Span[] {
  return intersection(from, complement(without))
}

/** Together, each instant once. */
export function lengthMs(spans: readonly Span[]): number {
  return union(spans).reduce((total, { startMs, endMs }) => total + endMs - startMs, 0)
}

function complement(spans: readonly Span[]): Span[] {
  const covered = union(spans)
  const starts = [-Infinity, ...covered.map(({ endMs }) => endMs)]
  const ends = [...covered.map(({ startMs }) => startMs), Infinity]
  return starts.map((startMs, index) => ({ startMs, endMs: ends[index] ?? Infinity })).filter(isNotEmpty)
}

function isNotEmpty({ startMs, endMs }: Span): boolean {
  return startMs < endMs
}
