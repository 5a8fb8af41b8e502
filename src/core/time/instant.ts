/** An instant of Unix milliseconds as people and contracts write it, in UTC: `2026-03-01T00:00:00Z`. */
export function isoInstant(atMs: number): string {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toString()
}

/** The same without what is finer than a second, for text that people read; nothing is reckoned from it. */
export function isoSecond(atMs: number): string {
  return isoInstant(Math.floor(atMs / 1000) * 1000)
}
