/**
 * Counts a bucket in few bytes: for each bucket that holds some, its number in one byte and the count in seven bits a
 * byte, lowest first, the eighth saying that more follow. Most rows know two or three buckets: 4 to 8 bytes.
 */
export function packLatency(counts: readonly number[]): Uint8Array {
  const bytes: number[] = []
  counts.forEach((count, bucket) => {
    if (count === 0) return
    bytes.push(bucket)
    let left = count
    for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128)
    bytes.push(left)
  })
  return Uint8Array.from(bytes)
}

/** Throws a RangeError if the bytes end within a count. */
export function unpackLatency(bytes: Uint8Array): number[] {
  const counts: number[] = []
  for (let at = 0; at < bytes.length;) {
    const bucket = bytes[at++]!
    let count = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]
      if (byte === undefined) throw new RangeError('a latency histogram ends within a count')
      count += (byte % 128) * scale
      if (byte < 128) break
    }
    counts[bucket] = (counts[bucket] ?? 0) + count
  }
  return Array.from(counts, count => count ?? 0)
}

/** Bucket by bucket. */
export function addLatency(one: readonly number[], other: readonly number[]): number[] {
  const length = Math.max(one.length, other.length)
  return Array.from({ length }, (_, bucket) => (one[bucket] ?? 0) + (other[bucket] ?? 0))
}
