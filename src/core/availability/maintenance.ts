import { grouped } from '../contract/plain-words.ts'
import { isoInstant } from '../time/instant.ts'
import type { Span } from '../time/span.ts'

/** A window of announced work. An extension is a window of its own, with its own announcement. */
export interface Maintenance extends Span {
  readonly announcedMs: number
  readonly cancelledMs: number | undefined
}

export interface ExcludedWindow {
  /** What of the window is no down time; undefined when nothing is. */
  readonly span: Span | undefined
  readonly because: string
}

/** Whether it was announced too late to be excluded, to the millisecond: it counts against the SLA. */
export function isAnnouncedLate({ startMs, announcedMs }: Maintenance, noticeHours: number): boolean {
  return startMs - announcedMs < noticeHours * 3_600_000
}

/** While people know of the work: also of what was announced too late for any SLA. Empty if it was cancelled before. */
export function announcedSpan({ startMs, endMs, announcedMs, cancelledMs = Infinity }: Maintenance): Span {
  return { startMs: Math.max(startMs, announcedMs), endMs: Math.min(endMs, cancelledMs) }
}

/** Whether people know of work that goes on at an instant: alerts are silent then, whatever an SLA says of it. */
export function isUnderWay(window: Maintenance, atMs: number): boolean {
  const { startMs, endMs } = announcedSpan(window)
  return startMs <= atMs && atMs < endMs
}

/**
 * Maintenance is excluded when it was announced at least `noticeHours` before its start, to the millisecond,
 * up to its planned end or its cancellation, whichever is first.
 */
export function excludedWindow(window: Maintenance, noticeHours: number): ExcludedWindow {
  const { startMs, announcedMs, cancelledMs } = window
  const name = `Maintenance of ${isoInstant(startMs)} to ${isoInstant(window.endMs)}`
  const noticeMs = startMs - announcedMs
  const announced = `announced ${isoInstant(announcedMs)}, ${grouped(Math.floor(noticeMs / 1000))} seconds ahead`
  const needed = grouped(noticeHours * 3600)
  if (isAnnouncedLate(window, noticeHours)) {
    return {
      span: undefined,
      because: `${name} was ${announced}, and ${needed} are needed: it counts as down time.`,
    }
  }
  const endMs = Math.min(window.endMs, cancelledMs ?? Infinity)
  if (endMs <= startMs) {
    return { span: undefined, because: `${name} was cancelled before it began: it excludes nothing.` }
  }
  const cancelled = endMs < window.endMs ? `, until it was cancelled at ${isoInstant(endMs)}` : ''
  return {
    span: { startMs, endMs },
    because: `${name} was ${announced}, of which ${needed} are needed: it is excluded${cancelled}.`,
  }
}
