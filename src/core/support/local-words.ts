/** Instants as the people of a time zone read them on their clocks. */

/** `Tue 2026-01-13 10:30` */
export function localTime(atMs: number, timezone: string): string {
  const at = zoned(atMs, timezone)
  return `${WEEKDAYS[at.dayOfWeek] ?? ''} ${at.toPlainDate().toString()} ${clock(at)}`
}

/** `10:30` */
export function localClock(atMs: number, timezone: string): string {
  return clock(zoned(atMs, timezone))
}

/** The end of a span, by the clock that ran in it: 24:00 of its own date, 02:00 where the clock then skips to 03:00. */
export function localClosing(atMs: number, timezone: string): string {
  const closing = clock(
    zoned(atMs - 1, timezone)
      .toPlainDateTime()
      .add({ milliseconds: 1 }),
  )
  return closing === '00:00' ? '24:00' : closing
}

/** The local dates from one instant to another, both included, ascending. */
export function* localDates(fromMs: number, toMs: number, timezone: string): Generator<string> {
  const last = zoned(toMs, timezone).toPlainDate()
  let date = zoned(fromMs, timezone).toPlainDate()
  do {
    yield date.toString()
    date = date.add({ days: 1 })
  } while (Temporal.PlainDate.compare(date, last) <= 0)
}

/** Changes of the zone's offset after `fromMs` and up to `toMs`, a sentence each. */
export function clockChangesBetween(fromMs: number, toMs: number, timezone: string): string[] {
  const changes: string[] = []
  // A change at the very instant from which is asked has its place here too: one span may end there.
  let next = zoned(fromMs - 1, timezone).getTimeZoneTransition('next')
  while (next !== null && next.epochMilliseconds <= toMs) {
    changes.push(changeWords(next))
    next = next.getTimeZoneTransition('next')
  }
  return changes
}

function changeWords(after: Temporal.ZonedDateTime): string {
  const before = after.subtract({ nanoseconds: 1 })
  const seconds = (after.offsetNanoseconds - before.offsetNanoseconds) / 1e9
  const was = after.toPlainDateTime().subtract({ seconds })
  const amount =
    Math.abs(seconds) % 60 === 0 ? `${Math.abs(seconds) / 60} minutes` : `${Math.abs(seconds)} seconds`
  const effect = seconds > 0 ? 'skips' : 'repeats'
  const date = `${WEEKDAYS[was.dayOfWeek] ?? ''} ${was.toPlainDate().toString()}`
  return `On ${date} the clock goes ${seconds > 0 ? 'forward' : 'back'} from ${clock(was)} to ${clock(after)} and ${effect} ${amount}.`
}

const WEEKDAYS = ['', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

function clock({ hour, minute }: { readonly hour: number; readonly minute: number }): string {
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
}

function zoned(atMs: number, timezone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timezone)
}
