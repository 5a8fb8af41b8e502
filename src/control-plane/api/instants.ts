import { ProblemError } from '../../http/problem.ts'

/** RFC 3339 in UTC, with milliseconds. */
export function instantText(ms: number): string {
  return new Date(ms).toISOString()
}

/** The start of the UTC month after the one that holds `ms`. */
export function startOfNextMonth(ms: number): number {
  const date = new Date(ms)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1)
}

function startOfMonth(ms: number): number {
  const date = new Date(ms)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth())
}

/**
 * The instant a change is to hold from: now when none is given. It may go back to the start of the running
 * UTC month, which can still be put right, but not further: a closed month never changes.
 */
export function effectiveFrom(from: string | undefined, nowMs: number): number {
  if (from === undefined) return nowMs
  const ms = Date.parse(from)
  const earliest = startOfMonth(nowMs)
  if (ms >= earliest) return ms
  throw new ProblemError('invalid-body', 'The change would reach into a month that is closed.', {
    mistakes: [{ path: 'from', message: `Give an instant from ${instantText(earliest)} on.` }],
  })
}
