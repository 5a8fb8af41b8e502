import type { Span } from './span.ts'

/** Calendar months, written `YYYY-MM`, in a time zone (an IANA name). A month begins with its first local day. */
export function isMonth(text: string): boolean {
  return /^\d{4}-(0[1-9]|1[0-2])$/.test(text)
}

/** From its first instant to the next month's first: over a change of the clocks it is an hour shorter or longer. */
export function monthSpan(month: string, timezone = 'UTC'): Span {
  return { startMs: startOfMonth(month, timezone), endMs: startOfMonth(nextMonth(month), timezone) }
}

/** The length of a month in seconds: 2,592,000 for thirty days without a change of the clocks. */
export function monthSeconds(month: string, timezone = 'UTC'): number {
  const { startMs, endMs } = monthSpan(month, timezone)
  return (endMs - startMs) / 1000
}

/** The month in which an instant lies there. */
export function monthOf(atMs: number, timezone = 'UTC'): string {
  return zoned(atMs, timezone).toPlainDate().toPlainYearMonth().toString()
}

export function nextMonth(month: string): string {
  return Temporal.PlainYearMonth.from(month).add({ months: 1 }).toString()
}

/** Every month of which the span holds an instant, ascending; of an empty span, the month of its instant. */
export function monthsOf({ startMs, endMs }: Span, timezone = 'UTC'): string[] {
  const last = monthOf(Math.max(startMs, endMs - 1), timezone)
  const months = [monthOf(startMs, timezone)]
  for (let month = months[0] ?? last; month < last; months.push(month)) month = nextMonth(month)
  return months
}

/** The first instant of the local day that lies `days` after the one on which `atMs` falls. */
export function startOfDayAfter(atMs: number, days: number, timezone = 'UTC'): number {
  const day = zoned(atMs, timezone).toPlainDate().add({ days })
  return day.toZonedDateTime({ timeZone: timezone }).epochMilliseconds
}

/** The same date and time so many months on, in UTC; the last day of a shorter month where there is no such date. */
export function monthsLater(atMs: number, months: number): number {
  return zoned(atMs, 'UTC').add({ months }).epochMilliseconds
}

function startOfMonth(month: string, timezone: string): number {
  const first = Temporal.PlainYearMonth.from(month).toPlainDate({ day: 1 })
  return first.toZonedDateTime({ timeZone: timezone }).epochMilliseconds
}

function zoned(atMs: number, timezone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timezone)
}
