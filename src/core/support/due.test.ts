import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { Calendar, Target } from '../contract/contract.ts'
import { type Due, dueAfterRaise, dueTime, type SupportClock } from './due.ts'
import { dueBecause } from './due-words.ts'
import { dueTarget } from './due-target.ts'

const nineToSix = [{ fromMinute: 540, toMinute: 1080 }]
const office: Calendar = {
  timezone: 'America/New_York',
  days: { 1: nineToSix, 2: nineToSix, 3: nineToSix, 4: nineToSix, 5: [{ fromMinute: 540, toMinute: 780 }] },
  holidays: ['2026-01-19'],
  always: false,
}
const day = [{ fromMinute: 0, toMinute: 1440 }]
const sundays: Calendar = { timezone: 'Europe/Berlin', days: { 7: day }, holidays: [], always: false }

function at(text: string): number {
  return Temporal.Instant.from(text).epochMilliseconds
}

function clockOf(
  openedAt: string,
  target: Target | undefined,
  more: Partial<SupportClock> = {},
): SupportClock {
  return {
    calendar: office,
    openedMs: at(openedAt),
    target,
    waitingForCustomer: 'pause',
    waits: [],
    ...more,
  }
}

function shown(due: Due): string {
  if (due.kind === 'due') return Temporal.Instant.fromEpochMilliseconds(due.dueMs).toString()
  return due.kind === 'paused' ? `${due.minutesLeft} left` : 'none'
}

test('the minute of the opening counts whole, whichever its second', () => {
  expect(shown(dueTime(clockOf('2026-01-13T10:30:59.999-05:00', { minutes: 60 })))).toBe(
    '2026-01-13T16:30:00Z',
  )
  expect(shown(dueTime(clockOf('2026-01-13T17:59:30-05:00', { minutes: 1 })))).toBe('2026-01-13T23:00:00Z')
})

test('a severity without a promise has no due time, and says so', () => {
  const clock = clockOf('2026-01-13T10:30-05:00', undefined)
  expect(dueTime(clock)).toEqual({ kind: 'unpromised' })
  expect(dueBecause(clock, dueTime(clock))).toEqual([
    'This severity has no promise, so there is no due time.',
  ])
})

describe('a business day is the length of the day on which the clock starts', () => {
  test.each([
    ['in the middle of a day', '2026-01-13T10:30-05:00', 1, '2026-01-14T15:30:00Z'],
    ['before opening', '2026-01-13T03:00-05:00', 1, '2026-01-13T23:00:00Z'],
    ['after closing', '2026-01-12T18:00-05:00', 1, '2026-01-13T23:00:00Z'],
    ['in a minute before closing', '2026-01-12T17:59:59-05:00', 1, '2026-01-13T22:59:00Z'],
    ['on a short day', '2026-01-09T10:00-05:00', 1, '2026-01-12T15:00:00Z'],
    ['on a weekend before a holiday', '2026-01-17T12:00-05:00', 1, '2026-01-20T23:00:00Z'],
    ['on a short day, twice its length', '2026-01-09T09:00-05:00', 2, '2026-01-12T18:00:00Z'],
    ['for three days', '2026-01-12T09:00-05:00', 3, '2026-01-14T23:00:00Z'],
  ])('opened %s', (_, openedAt, businessDays, dueAt) => {
    expect(shown(dueTime(clockOf(openedAt, { businessDays })))).toBe(dueAt)
  })

  test('a day of 25 or 23 hours is as long as it was', () => {
    const minutes = (openedAt: string) => {
      const due = dueTime(clockOf(openedAt, { businessDays: 1 }, { calendar: sundays }))
      return due.kind === 'due' ? due.targetMinutes : undefined
    }
    expect(minutes('2026-10-24T12:00Z')).toBe(25 * 60)
    expect(minutes('2026-03-28T12:00Z')).toBe(23 * 60)
    expect(minutes('2026-04-05T12:00Z')).toBe(24 * 60)
  })
})

describe('waiting for the customer', () => {
  const waits = [{ fromMs: at('2026-01-13T11:00:40-05:00'), toMs: at('2026-01-13T12:00:10-05:00') }]
  const clock = clockOf('2026-01-13T10:30-05:00', { minutes: 60 }, { waits })

  test('stops the clock when the contract says pause', () => {
    expect(shown(dueTime(clock))).toBe('2026-01-13T17:30:00Z')
    expect(dueBecause(clock, dueTime(clock))).toContain(
      'Skipped Tue 2026-01-13 11:00 to Tue 2026-01-13 12:00: waiting for the customer.',
    )
  })

  test('changes nothing when the contract says run', () => {
    expect(shown(dueTime({ ...clock, waitingForCustomer: 'run' }))).toBe('2026-01-13T16:30:00Z')
  })

  test('without an end leaves what is left of the target, unless it was due before', () => {
    const still = (from: string) => ({ ...clock, waits: [{ fromMs: at(from), toMs: undefined }] })
    expect(shown(dueTime(still('2026-01-13T10:45-05:00')))).toBe('45 left')
    expect(shown(dueTime(still('2026-01-13T11:30-05:00')))).toBe('2026-01-13T16:30:00Z')
    expect(dueBecause(still('2026-01-13T10:45-05:00'), dueTime(still('2026-01-13T10:45-05:00'))).at(-1)).toBe(
      'The clock stands still while the customer is asked, with 45 minutes left.',
    )
  })
})

describe('raising severity', () => {
  const due = (openedAt: string, minutes: number, more: Partial<SupportClock> = {}) =>
    dueTime(clockOf(openedAt, { minutes }, more))

  test('takes the earlier of the old due time and the one that begins with the raise', () => {
    const old = due('2026-01-13T10:00-05:00', 240)
    expect(shown(dueAfterRaise(old, due('2026-01-13T11:00-05:00', 60)))).toBe('2026-01-13T17:00:00Z')
    expect(shown(dueAfterRaise(old, due('2026-01-13T13:30-05:00', 60)))).toBe('2026-01-13T19:00:00Z')
  })

  test('from or to a severity without promise keeps the promise there is', () => {
    const promise = due('2026-01-13T10:00-05:00', 60)
    expect(dueAfterRaise({ kind: 'unpromised' }, promise)).toBe(promise)
    expect(dueAfterRaise(promise, { kind: 'unpromised' })).toBe(promise)
  })

  test('while the customer is asked keeps the one with less left, and one that was due before', () => {
    const waits = [{ fromMs: at('2026-01-13T12:00-05:00'), toMs: undefined }]
    const old = due('2026-01-13T10:00-05:00', 240, { waits })
    expect(shown(dueAfterRaise(old, due('2026-01-13T11:30-05:00', 60, { waits })))).toBe('30 left')
    expect(shown(dueAfterRaise(due('2026-01-13T10:00-05:00', 60, { waits }), old))).toBe(
      '2026-01-13T16:00:00Z',
    )
    expect(shown(dueAfterRaise(old, due('2026-01-13T10:00-05:00', 60, { waits })))).toBe(
      '2026-01-13T16:00:00Z',
    )
  })
})

test('an add-on replaces the first responses it names, and only those', () => {
  const plan = {
    price: undefined,
    sla: { form: 'none' },
    priority: 0,
    support: {
      calendar: 'office',
      firstResponse: { critical: { minutes: 60 }, normal: { businessDays: 1 } },
      nextResponse: { critical: { minutes: 240 } },
      resolution: {},
      channels: ['portal'],
      waitingForCustomer: 'run',
    },
    addOns: {
      fast: { price: { monthly: '1', annual: undefined }, firstResponse: { critical: { minutes: 15 } } },
    },
  } as const
  expect(dueTarget(plan, [], 'firstResponse', 'critical')).toEqual({ minutes: 60 })
  expect(dueTarget(plan, ['fast'], 'firstResponse', 'critical')).toEqual({ minutes: 15 })
  expect(dueTarget(plan, ['fast', 'gone'], 'firstResponse', 'normal')).toEqual({ businessDays: 1 })
  expect(dueTarget(plan, ['fast'], 'nextResponse', 'critical')).toEqual({ minutes: 240 })
  expect(dueTarget(plan, ['fast'], 'resolution', 'critical')).toBeUndefined()
  expect(dueTarget(plan, ['fast'], 'firstResponse', 'toString')).toBeUndefined()
})

test('a change of the clock and a long list are said in words a person can follow', () => {
  const clock = clockOf('2026-10-25T00:00+02:00', { minutes: 240 }, { calendar: sundays })
  expect(dueBecause(clock, dueTime(clock))).toEqual([
    'Opened Sun 2026-10-25 00:00 (Europe/Berlin).',
    'The target is 4 hours (240 minutes) of open time.',
    'Sun 2026-10-25, 00:00 to 03:00: 180 minutes, 60 left.',
    'On Sun 2026-10-25 the clock goes back from 03:00 to 02:00 and repeats 60 minutes.',
    'Sun 2026-10-25, 02:00 to 03:00: 60 minutes, 0 left.',
    'Due Sun 2026-10-25 03:00 (Europe/Berlin), which is 2026-10-25T02:00:00Z.',
  ])
  const long = clockOf('2026-01-12T09:00-05:00', { minutes: 100 * 540 })
  const lines = dueBecause(long, dueTime(long))
  expect(lines.length).toBeLessThan(80)
  expect(lines).toContainEqual(
    expect.stringMatching(/^\d+ more spans like these, after which [\d,]+ minutes are left\.$/),
  )
})

const instants = fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2027, 0) })
const someWaits = fc.array(
  fc.record({ fromMs: instants, length: fc.integer({ min: 0, max: 400_000_000 }) }),
  { maxLength: 4 },
)
const someClock = fc.record({
  calendar: fc.constantFrom(office, sundays, { ...office, timezone: 'Australia/Lord_Howe' }),
  openedMs: instants,
  minutes: fc.integer({ min: 1, max: 3_000 }),
  waits: someWaits,
})

test('the due time is the one that a walk over every minute finds, and its spans add up', () => {
  fc.assert(
    fc.property(someClock, ({ minutes, waits, ...clock }) => {
      const complete = {
        ...clock,
        target: { minutes },
        waitingForCustomer: 'pause',
        waits: waits.map(({ fromMs, length }) => ({ fromMs, toMs: fromMs + length })),
      } as const
      const due = dueTime(complete)
      if (due.kind !== 'due') throw new Error('every wait here ends')
      expect(due.dueMs).toBe(walkedDue(complete, minutes))
      const counted = due.spans.reduce((sum, span) => sum + span.toMs - span.fromMs, 0)
      expect(counted).toBe(minutes * 60_000)
    }),
    { numRuns: 40 },
  )
})

test('a longer target, a later opening or one more wait is never due earlier', () => {
  fc.assert(
    fc.property(someClock, fc.nat({ max: 5_000 }), fc.nat({ max: 1e9 }), (drawn, longer, later) => {
      const { minutes, waits, ...clock } = drawn
      const dueOf = (target: number, openedMs: number, count: number) => {
        const due = dueTime({
          ...clock,
          openedMs,
          target: { minutes: target },
          waitingForCustomer: 'pause',
          waits: waits.slice(0, count).map(({ fromMs, length }) => ({ fromMs, toMs: fromMs + length })),
        })
        return due.kind === 'due' ? due.dueMs : Infinity
      }
      const least = dueOf(minutes, clock.openedMs, 0)
      expect(dueOf(minutes + longer, clock.openedMs, 0)).toBeGreaterThanOrEqual(least)
      expect(dueOf(minutes, clock.openedMs + later, 0)).toBeGreaterThanOrEqual(least)
      expect(dueOf(minutes, clock.openedMs, 4)).toBeGreaterThanOrEqual(least)
    }),
  )
})

/** Counts the target down minute by minute. */
function walkedDue({ calendar, openedMs, waits }: SupportClock, target: number): number {
  let minuteMs = openedMs - (openedMs % 60_000)
  for (let left = target; left > 0; minuteMs += 60_000) {
    const local = Temporal.Instant.fromEpochMilliseconds(minuteMs).toZonedDateTimeISO(calendar.timezone)
    const minute = local.hour * 60 + local.minute
    const hours = calendar.days[local.dayOfWeek] ?? []
    const open =
      hours.some(span => span.fromMinute <= minute && minute < span.toMinute) &&
      !calendar.holidays.includes(local.toPlainDate().toString())
    const waiting = waits.some(
      ({ fromMs, toMs = 0 }) => fromMs - (fromMs % 60_000) <= minuteMs && minuteMs < toMs - (toMs % 60_000),
    )
    if (open && !waiting) left -= 1
  }
  return minuteMs
}
