/** An instant of Unix milliseconds as people and contracts write it, in UTC: `2026-03-01T00:00:00Z`. */
export function isoInstant(atMs: number): string {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toString()
}
