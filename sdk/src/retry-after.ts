/**
 * Milliseconds to wait, from a `Retry-After` field (RFC 9110, 10.2.3): seconds, or a date, which is reckoned from
 * the answer's own `Date` where that can be read, so that a wrong clock here does no harm. Undefined when the
 * field is absent or neither.
 */
export function readRetryAfterMs(
  retryAfter: string | null,
  date: string | null,
  nowMs: number,
): number | undefined {
  if (retryAfter === null) return undefined
  const text = retryAfter.trim()
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000
  const until = readHttpDate(text)
  if (until === undefined) return undefined
  return Math.max(0, until - (readHttpDate(date ?? '') ?? nowMs))
}

/** Every form of an HTTP date begins with the day's name; `Date.parse` alone takes almost anything for a date. */
function readHttpDate(text: string): number | undefined {
  if (!/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return undefined
  const atMs = Date.parse(text)
  return Number.isNaN(atMs) ? undefined : atMs
}
