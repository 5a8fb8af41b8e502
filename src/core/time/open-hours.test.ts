import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { isOpen, openMinutesBetween, openMinutesOn, openSpans, type OpenHours } from './open-hours.ts'

const officeHours = { fromMinute: 9 * 60, toMinute: 18 * 60 }

function hours(timezone: string, days: OpenHours['days'], holidays: string[] = []): OpenHours {
  return { timezone, days, holidays }
}

function at(text: string): number {
  return Temporal.Instant.from(text).epochMilliseconds
}

function shown(calendar: OpenHours, from: string, count: number): string[] {
  return [...openSpans(calendar, at(from)).take(count)].map(
    ({ fromMs, toMs, date }) =>
      `${date} ${Temporal.Instant.fromEpochMilliseconds(fromMs).toString()}/${Temporal.Instant.fromEpochMilliseconds(toMs).toString()}`,
  )
}

describe('the clock’s changes', () => {
  test('an open time inside the skipped hour does not exist on that day', () => {
    const sundays = hours('America/New_York', { 7: [{ fromMinute: 120, toMinute: 180 }] })
    expect(shown(sundays, '2026-03-07T12:00Z', 1)).toEqual([
      '2026-03-15 2026-03-15T06:00:00Z/2026-03-15T07:00:00Z',
    ])
  })

  test('a repeated hour is open twice', () => {
    const sundays = hours('America/New_York', { 7: [{ fromMinute: 60, toMinute: 120 }] })
    expect(openMinutesOn(sundays, '2026-11-01')).toBe(120)
    expect(openMinutesOn(sundays, '2026-11-08')).toBe(60)
  })

  test('a closing time inside the skipped hour closes where the hour is skipped', () => {
    const sundays = hours('Europe/Berlin', { 7: [{ fromMinute: 60, toMinute: 150 }] })
    expect(shown(sundays, '2026-03-28T12:00Z', 1)).toEqual([
      '2026-03-29 2026-03-29T00:00:00Z/2026-03-29T01:00:00Z',
    ])
  })

  test('a closing time inside the repeated hour closes, opens and closes again', () => {
    const sundays = hours('Europe/Berlin', { 7: [{ fromMinute: 60, toMinute: 150 }] })
    expect(shown(sundays, '2026-10-24T12:00Z', 2)).toEqual([
      '2026-10-25 2026-10-24T23:00:00Z/2026-10-25T00:30:00Z',
      '2026-10-25 2026-10-25T01:00:00Z/2026-10-25T01:30:00Z',
    ])
  })

  test.each([
    ['America/New_York', '2026-03-08', 23 * 60],
    ['America/New_York', '2026-11-01', 25 * 60],
    ['Australia/Lord_Howe', '2026-04-05', 24 * 60 + 30],
    ['Australia/Lord_Howe', '2026-10-04', 24 * 60 - 30],
    ['Antarctica/Troll', '2026-03-29', 22 * 60],
    // The date that Samoa never had, and the one before it.
    ['Pacific/Apia', '2011-12-29', 24 * 60],
    ['Pacific/Apia', '2011-12-30', 0],
    // Back from 00:01 to 23:01 of the day before: the night's dates come twice.
    ['America/St_Johns', '2010-11-06', 25 * 60 - 1],
    ['America/St_Johns', '2010-11-07', 24 * 60 + 1],
    ['America/Sao_Paulo', '2018-11-04', 23 * 60],
    ['UTC', '2026-12-31', 24 * 60],
  ])('%s on %s has %i open minutes when it never closes', (timezone, date, minutes) => {
    expect(openMinutesOn(hours(timezone, allDay), date)).toBe(minutes)
  })
})

test('holidays are dates of the calendar’s zone, not of UTC', () => {
  const tokyo = hours('Asia/Tokyo', { 4: [officeHours], 5: [officeHours] }, ['2026-12-31', '2027-01-01'])
  expect(shown(tokyo, '2026-12-30T20:00Z', 1)).toEqual([
    '2027-01-07 2027-01-07T00:00:00Z/2027-01-07T09:00:00Z',
  ])
  expect(isOpen(tokyo, at('2026-12-31T03:00Z'))).toBe(false)
})

test('closing is not open, opening is', () => {
  const london = hours('Europe/London', { 1: [officeHours, { fromMinute: 20 * 60, toMinute: 1440 }] })
  expect(isOpen(london, at('2026-01-05T09:00Z'))).toBe(true)
  expect(isOpen(london, at('2026-01-05T17:59:59.999Z'))).toBe(true)
  expect(isOpen(london, at('2026-01-05T18:00Z'))).toBe(false)
  expect(isOpen(london, at('2026-01-05T23:59:59.999Z'))).toBe(true)
  expect(isOpen(london, at('2026-01-06T00:00Z'))).toBe(false)
})

test('a calendar without hours has no spans, and asking ends', () => {
  expect([...openSpans(hours('UTC', {}), 0)]).toEqual([])
  expect(openMinutesBetween(hours('UTC', { 1: [] }), 0, 1e12)).toBe(0)
})

test('every minute is open or not as a minute-by-minute walk of the local clock says', () => {
  fc.assert(
    fc.property(calendars, instants, fc.integer({ min: 1, max: 2_000 }), (days, { timezone, ms }, length) => {
      const endMs = ms + length * 60_000
      const dates = [0, 1, 2].map(day => localDate(ms + day * 86_400_000, timezone))
      const calendar = hours(timezone, days.days, days.holiday === undefined ? [] : [dates[days.holiday]!])
      const walked: number[] = []
      for (let minute = Math.ceil(ms / 60_000) * 60_000; minute < endMs; minute += 60_000) {
        if (walkedOpen(calendar, minute)) walked.push(minute)
      }
      const spanned: number[] = []
      for (const { fromMs, toMs } of openSpans(calendar, ms)) {
        if (fromMs >= endMs) break
        for (let minute = fromMs; minute < Math.min(toMs, endMs); minute += 60_000) spanned.push(minute)
      }
      expect(spanned).toEqual(walked)
      expect(openMinutesBetween(calendar, ms, endMs)).toBe(walked.length)
      expect(walked.every(minute => isOpen(calendar, minute))).toBe(true)
    }),
    { numRuns: 300 },
  )
})

const whole = { fromMinute: 0, toMinute: 1440 }
const allDay = Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map(day => [day, [whole]]))

/** Zones with odd changes, and whatever else there is. */
const zones = fc.oneof(
  fc.constantFrom(
    'Australia/Lord_Howe',
    'America/New_York',
    'America/St_Johns',
    'Africa/Casablanca',
    'Africa/Monrovia',
    'Antarctica/Troll',
    'Asia/Kathmandu',
    'Pacific/Apia',
    'Europe/Amsterdam',
  ),
  fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
)

/** Instants of 1900 to 2100, most of them up to a day before a change of the clock. */
const instants = fc
  .record({
    timezone: zones,
    ms: fc.integer({ min: Date.UTC(1900, 0), max: Date.UTC(2100, 0) }),
    before: fc.option(fc.integer({ min: 0, max: 90_000_000 })),
  })
  .map(({ timezone, ms, before }) => {
    const change = zoned(ms, timezone).getTimeZoneTransition('next')
    return { timezone, ms: before === null || change === null ? ms : change.epochMilliseconds - before }
  })

const span = fc
  .tuple(fc.integer({ min: 0, max: 1439 }), fc.integer({ min: 1, max: 1440 }))
  .map(([from, length]) => ({ fromMinute: from, toMinute: Math.min(1440, from + length) }))

const someSpans = fc
  .array(span, { minLength: 1, maxLength: 4 })
  .map(spans =>
    spans
      .toSorted((a, b) => a.fromMinute - b.fromMinute)
      .filter((one, index, all) => all.slice(0, index).every(other => other.toMinute <= one.fromMinute)),
  )

const calendars = fc.record({
  days: fc
    .array(fc.option(someSpans), { minLength: 7, maxLength: 7 })
    .filter(days => days.some(day => day !== null))
    .map(days =>
      Object.fromEntries(days.flatMap((spans, day) => (spans === null ? [] : [[day + 1, spans]]))),
    ),
  holiday: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
})

/** Asks the local clock of one minute and nothing else. */
function walkedOpen(calendar: OpenHours, ms: number): boolean {
  const local = zoned(ms, calendar.timezone)
  if (calendar.holidays.includes(local.toPlainDate().toString())) return false
  const minute = local.hour * 60 + local.minute
  return (calendar.days[local.dayOfWeek] ?? []).some(
    ({ fromMinute, toMinute }) => fromMinute <= minute && minute < toMinute,
  )
}

function localDate(ms: number, timezone: string): string {
  return zoned(ms, timezone).toPlainDate().toString()
}

function zoned(ms: number, timezone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timezone)
}
