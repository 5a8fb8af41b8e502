/**
 * How long requests took, as counts in fixed buckets: small enough to keep for every minute, and two are added by
 * adding their counts. Bucket n holds what took more than bound n-1 and at most bound n; the last one holds the rest.
 */
export type LatencyHistogram = readonly number[]

/**
 * Upper bounds in milliseconds, six to a decade where most answers lie: neighbours are at most a factor of 1.67
 * apart from 3 ms to 15 s, and 2 elsewhere. They never change, or old histograms could not be added to new ones.
 */
export const LATENCY_BOUNDS_MS = [
  1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1_000, 1_500, 2_000, 3_000, 5_000,
  7_000, 10_000, 15_000, 30_000, 60_000,
] as const

const LATENCY_BUCKETS = LATENCY_BOUNDS_MS.length + 1

export function emptyHistogram(): LatencyHistogram {
  return Array.from({ length: LATENCY_BUCKETS }, () => 0)
}

/** The bucket of a latency; a clock that stepped back makes it negative, which is the first. */
export function latencyBucket(ms: number): number {
  let low = 0
  let high: number = LATENCY_BOUNDS_MS.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ms <= (LATENCY_BOUNDS_MS[middle] ?? Infinity)) high = middle
    else low = middle + 1
  }
  return low
}

export function histogramOf(latenciesMs: Iterable<number>): LatencyHistogram {
  const counts = Array.from({ length: LATENCY_BUCKETS }, () => 0)
  for (const ms of latenciesMs) counts[latencyBucket(ms)]! += 1
  return counts
}

export function addHistograms(one: LatencyHistogram, other: LatencyHistogram): LatencyHistogram {
  return one.map((count, bucket) => count + (other[bucket] ?? 0))
}

/** The true quantile is more than `moreThanMs` and at most `atMostMs`, which is Infinity past the last bound. */
export interface LatencyQuantile {
  readonly moreThanMs: number
  readonly atMostMs: number
}

/**
 * The latency that so many per mille of the requests did not exceed (500 is the median, 999 all but one in a
 * thousand): of n requests in ascending order the one at ceil(n * perMille / 1000). The bounds of its bucket are the
 * whole of the error. undefined: no requests.
 */
export function latencyQuantile(histogram: LatencyHistogram, perMille: number): LatencyQuantile | undefined {
  const total = histogram.reduce((sum, count) => sum + count, 0)
  if (total === 0) return undefined
  const rank = Math.max(1, Math.ceil((total * perMille) / 1_000))
  let reached = 0
  const bucket = histogram.findIndex(count => (reached += count) >= rank)
  return {
    moreThanMs: LATENCY_BOUNDS_MS[bucket - 1] ?? 0,
    atMostMs: LATENCY_BOUNDS_MS[bucket] ?? Infinity,
  }
}
