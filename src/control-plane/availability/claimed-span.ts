import { isoInstant } from '../../core/time/instant.ts'
import type { Span } from '../../core/time/span.ts'

/**
 * Down time of one customer alone opens no incident, and is claimed by the span that its report shows. A claim keeps it
 * where it keeps an incident's id, as the ISO 8601 interval that it is; no id looks like one.
 */
export function spanName({ startMs, endMs }: Span): string {
  return `${isoInstant(startMs)}/${isoInstant(endMs)}`
}

/** undefined: it is an incident's id. */
export function spanNamed(name: string): Span | undefined {
  const [start, end] = name.split('/')
  if (start === undefined || end === undefined) return undefined
  return { startMs: Date.parse(start), endMs: Date.parse(end) }
}
