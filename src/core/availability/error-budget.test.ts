import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Contract } from '../contract/contract.ts'
import { ONE, ZERO, add, compare, divide, fraction, multiply, subtract } from '../exact/fraction.ts'
import { monthSpan } from '../time/month.ts'
import { type Span, lengthMs } from '../time/span.ts'
import { allowedShare, burnRate, burnWindows, errorBudget, strictestTarget } from './error-budget.ts'

const month = '2026-11'
const { startMs, endMs } = monthSpan(month)
const HOUR = 3_600_000
const DAY = 24 * HOUR
const nowMs = startMs + 10 * DAY

const down = (fromMs: number, seconds: number): Span => ({ startMs: fromMs, endMs: fromMs + seconds * 1000 })
const budget = (spans: readonly Span[], target = '99.99', judgedToMs = nowMs, knownToMs = judgedToMs) =>
  errorBudget({ target, month, timezone: 'UTC', down: spans, judgedToMs, knownToMs })

test('seven minutes of a month at 99.999 % use the allowance sixteen times over', () => {
  const { allowance, used, left, leftShare, exhaustedMs, lastsToMs } = budget(
    [down(startMs + DAY, 420)],
    '99.999',
  )
  expect([allowance, used, left]).toEqual([fraction(2592, 100), fraction(420), fraction(-39_408, 100)])
  expect(leftShare).toEqual(divide(fraction(-39_408), fraction(2592)))
  expect(exhaustedMs).toBe(startMs + DAY + 25_920)
  expect(lastsToMs).toBeUndefined()
})

test('what is exactly used up is exhausted at its last instant, and a millisecond less is not', () => {
  const whole = { startMs, endMs: startMs + 259_200 }
  expect(budget([whole]).left).toEqual(ZERO)
  expect(budget([whole]).exhaustedMs).toBe(startMs + 259_200)
  expect(budget([{ ...whole, endMs: whole.endMs - 1 }]).exhaustedMs).toBeUndefined()
})

test('a burn rate of one uses exactly the allowance up in a month', () => {
  const { hour, sixHours, threeDays } = budget([down(nowMs - 60_000, 36)], '99').burn
  expect([hour, sixHours, threeDays]).toEqual([ONE, fraction(1, 6), fraction(1, 72)])
})

test('at the rate of the last six hours what is left lasts until the promise breaks, or over the month’s end', () => {
  // 0.36 s in six hours are 1/60,000 of the time; 258.84 s are left of 259.2.
  const slow = budget([down(nowMs - HOUR, 0.36)])
  expect(slow.lastsToMs).toBeUndefined()
  const fast = budget([down(nowMs - HOUR, 100)])
  expect(fast.lastsToMs).toBe(nowMs + Math.ceil((159.2 * 1000 * 21_600) / 100))
  expect(fast.exhaustedMs).toBeUndefined()
  expect(budget([]).lastsToMs).toBeUndefined()
})

test('what is not final is in the burn rates and not in what is used', () => {
  const late = budget([down(nowMs - 300_000, 36)], '99', nowMs - 600_000, nowMs)
  expect(late.used).toEqual(ZERO)
  expect(late.burn.hour).toEqual(ONE)
})

test('burn rates look back over the start of the month, what is used does not', () => {
  const early = budget([down(startMs - 1800_000, 36)], '99', startMs + 1800_000)
  expect(early.used).toEqual(ZERO)
  expect(early.burn.hour).toEqual(ONE)
})

test('a promise of 100 % has no share and no rate, and the first instant down breaks it', () => {
  const whole = budget([down(nowMs - 60_000, 10)], '100')
  expect([whole.leftShare, whole.burn.hour, whole.lastsToMs]).toEqual([undefined, undefined, undefined])
  expect(whole.exhaustedMs).toBe(nowMs - 60_000)
  expect(budget([], '100').exhaustedMs).toBeUndefined()
})

test('the API as a whole is held to the strictest promise of any support plan, or to 99.9 %', () => {
  const plan = (sla: object) => ({ sla }) as Contract['supportPlans'][string]
  const none = plan({ form: 'none' })
  const tiered = plan({ form: 'tiered', tiers: [{ below: '99.0' }, { below: '99.99' }] })
  const accelerated = plan({ form: 'accelerated', target: '99.95' })
  expect(strictestTarget({ supportPlans: { none, accelerated, tiered } })).toBe('99.99')
  expect(strictestTarget({ supportPlans: { none } })).toBe('99.9')
})

const spans = fc.array(
  fc
    .record({ at: fc.integer({ min: 0, max: 40 * DAY }), ms: fc.integer({ min: 0, max: 2 * HOUR }) })
    .map(({ at, ms }): Span => ({
      startMs: startMs - 5 * DAY + at,
      endMs: startMs - 5 * DAY + at + ms,
    })),
  { maxLength: 8 },
)
const targets = fc.integer({ min: 0, max: 99_999 }).map(each => `${Math.floor(each / 1000)}.${each % 1000}`)
const instants = fc.integer({ min: startMs, max: endMs })

test('used and left are the whole allowance, and more down time never leaves more', () => {
  fc.assert(
    fc.property(spans, spans, targets, instants, (one, more, target, atMs) => {
      const less = budget(one, target, atMs)
      const worse = budget([...one, ...more], target, atMs)
      expect(add(less.used, less.left)).toEqual(less.allowance)
      expect(compare(worse.left, less.left)).toBeLessThanOrEqual(0)
      expect(less.exhaustedMs !== undefined).toBe(
        compare(less.left, ZERO) <= 0 && compare(less.used, ZERO) > 0,
      )
      expect(worse.exhaustedMs ?? Infinity).toBeLessThanOrEqual(less.exhaustedMs ?? Infinity)
    }),
  )
})

test('a rate times its window is what was down in it, however the time is cut into spans', () => {
  fc.assert(
    fc.property(spans, targets, instants, fc.integer({ min: 0, max: HOUR }), (all, target, atMs, cut) => {
      const parts = all.flatMap(({ startMs: from, endMs: to }) => {
        const middle = Math.min(to, from + cut)
        return [
          { startMs: from, endMs: middle },
          { startMs: middle, endMs: to },
        ]
      })
      for (const seconds of Object.values(burnWindows)) {
        const rate = burnRate({ target, down: all, knownToMs: atMs }, seconds)!
        expect(burnRate({ target, down: parts, knownToMs: atMs }, seconds)).toEqual(rate)
        const within = all.map(each => ({
          startMs: Math.max(each.startMs, atMs - seconds * 1000),
          endMs: Math.min(each.endMs, atMs),
        }))
        const used = multiply(rate, multiply(allowedShare(target), fraction(seconds)))
        expect(subtract(used, fraction(lengthMs(within), 1000))).toEqual(ZERO)
      }
    }),
  )
})
