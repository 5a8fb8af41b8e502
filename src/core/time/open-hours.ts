/**
 * When a calendar is open, over summer time and holidays: an instant is open when its local date and time are.
 * So a local hour that the clock skips does not exist, and one that it repeats is open twice. Between two changes
 * of a zone's offset local time is plain arithmetic; nothing here walks minute by minute.
 */
export function* openSpans(hours: OpenHours, fromMs: number): Generator<OpenSpan> {
  if (Object.values(hours.days).every(spans => spans.length === 0)) return
  const holidays = new Set(hours.holidays)
  for (const stretch of offsetStretches(hours.timezone, fromMs)) yield* spansOf(hours, holidays, stretch)
}

/** What a calendar of the contract says, in the same shape. */
export interface OpenHours {
  /** IANA name */
  readonly timezone: string
  /** Spans `[from, to)` of local minutes from midnight (0 to 1440), ascending, by weekday; Monday is 1, Sunday 7. */
  readonly days: Readonly<
    Record<number, readonly { readonly fromMinute: number; readonly toMinute: number }[]>
  >
  /** Closed local dates, `YYYY-MM-DD`. */
  readonly holidays: readonly string[]
}

/**
 * `[from, to)` in Unix milliseconds, whole minutes, within one local date and between two changes of the clock;
 * a minute is open when its first instant is (the two differ only where an offset had seconds, before 1972).
 */
export interface OpenSpan {
  readonly fromMs: number
  readonly toMs: number
  /** The local date, `YYYY-MM-DD`. */
  readonly date: string
}

/** Is this very instant open? */
export function isOpen({ timezone, days, holidays }: OpenHours, atMs: number): boolean {
  const localMs = atMs + offsetMsAt(timezone, atMs)
  const day = Math.floor(localMs / DAY_MS)
  const minute = (localMs - day * DAY_MS) / MINUTE_MS
  const open = days[weekdayOf(day)]?.some(span => span.fromMinute <= minute && minute < span.toMinute)
  return open === true && !holidays.includes(dateOf(day))
}

/** How many whole minutes that begin in `[fromMs, toMs)` are open. */
export function openMinutesBetween(hours: OpenHours, fromMs: number, toMs: number): number {
  let minutes = 0
  for (const span of openSpans(hours, fromMs)) {
    if (span.fromMs >= toMs) break
    minutes += (Math.min(span.toMs, wholeMinuteFrom(toMs)) - span.fromMs) / MINUTE_MS
  }
  return minutes
}

/** How many minutes of a local date are open: a day of 23 or 25 hours counts as long as it was. */
export function openMinutesOn(hours: OpenHours, date: string): number {
  const startMs = Temporal.PlainDate.from(date).toZonedDateTime(hours.timezone).epochMilliseconds
  let minutes = 0
  for (const span of openSpans(hours, startMs)) {
    if (span.fromMs >= startMs + LONGEST_DATE_MS) break
    if (span.date === date) minutes += (span.toMs - span.fromMs) / MINUTE_MS
  }
  return minutes
}

/** The weekday of a local date, Monday is 1, Sunday 7. */
export function weekdayOfDate(date: string): number {
  return weekdayOf(Date.parse(`${date}T00:00:00Z`) / DAY_MS)
}

export const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** No zone ever had a date whose last instant came later than this after its first. */
const LONGEST_DATE_MS = 2 * DAY_MS
/** The last instant that Temporal and Date know. */
const LAST_MS = 8_640_000_000_000_000

interface OffsetStretch {
  readonly fromMs: number
  readonly toMs: number
  readonly offsetMs: number
}

function* offsetStretches(timezone: string, fromMs: number): Generator<OffsetStretch> {
  let at = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(timezone)
  for (;;) {
    const next = at.getTimeZoneTransition('next')
    yield {
      fromMs: at.epochMilliseconds,
      toMs: next?.epochMilliseconds ?? LAST_MS,
      offsetMs: at.offsetNanoseconds / 1e6,
    }
    if (next === null) return
    at = next
  }
}

function* spansOf(
  { days }: OpenHours,
  holidays: ReadonlySet<string>,
  { fromMs, toMs, offsetMs }: OffsetStretch,
): Generator<OpenSpan> {
  const firstDay = Math.floor((fromMs + offsetMs) / DAY_MS)
  for (let day = firstDay; day * DAY_MS - offsetMs < toMs; day += 1) {
    const spans = days[weekdayOf(day)]
    const date = spans === undefined ? '' : dateOf(day)
    if (spans === undefined || holidays.has(date)) continue
    const midnightMs = day * DAY_MS - offsetMs
    for (const { fromMinute, toMinute } of spans) {
      const startMs = wholeMinuteFrom(Math.max(fromMs, midnightMs + fromMinute * MINUTE_MS))
      const endMs = wholeMinuteFrom(Math.min(toMs, midnightMs + toMinute * MINUTE_MS))
      if (startMs < endMs) yield { fromMs: startMs, toMs: endMs, date }
    }
  }
}

function offsetMsAt(timezone: string, atMs: number): number {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timezone).offsetNanoseconds / 1e6
}

/** Days count from 1970-01-01, a Thursday. */
function weekdayOf(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1
}

function dateOf(day: number): string {
  const [date = ''] = new Date(day * DAY_MS).toISOString().split('T')
  return date
}

/** The first whole minute at or after an instant. */
function wholeMinuteFrom(atMs: number): number {
  return Math.ceil(atMs / MINUTE_MS) * MINUTE_MS
}
