import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Span } from '../time/span.ts'
import { findBudgetBurn, isBudgetCalm } from './budget-burn.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const nowMs = Date.UTC(2026, 10, 10, 12)

/** Down that many seconds, so many minutes ago. */
const down = (minutesAgo: number, seconds: number): Span => {
  const startMs = nowMs - minutesAgo * MINUTE
  return { startMs, endMs: startMs + seconds * 1000 }
}
const facts = (spans: readonly Span[], target = '99.999', quiet: readonly Span[] = [], knownToMs = nowMs) => {
  const ascending = spans.toSorted((a, b) => a.startMs - b.startMs)
  return { target, sliceSeconds: 10, down: ascending, quiet, knownToMs }
}
const level = (...of: Parameters<typeof facts>) => findBudgetBurn(facts(...of))?.level

test('at 99.999 % one slice is a blip and tells nobody, two of an hour do', () => {
  expect(level([down(2, 10)])).toBeUndefined()
  expect(level([down(2, 20)])).toBe('fast')
  expect(level([down(50, 10), down(2, 10)])).toBe('fast')
})

test('a looser target asks for as much more down time: 51.84 s of an hour at 99.9 %', () => {
  expect(level([down(4, 51.839)], '99.9')).toBeUndefined()
  expect(level([down(4, 51.84)], '99.9')).toBe('fast')
  expect(level([down(2, 20)], '99.9')).toBeUndefined()
})

test('it burns only as long as it goes on', () => {
  expect(level([down(6, 50)])).toBe('slow')
  expect(level([down(31, 50)])).toBeUndefined()
})

test('what drips for hours burns slowly', () => {
  const drops = Array.from({ length: 13 }, (_, at) => down(at * 25 + 10, 10))
  expect(level(drops, '99.9')).toBeUndefined()
  expect(level([...drops, down(20, 10)], '99.9')).toBe('slow')
})

test('announced work and excluded time burn nothing, and in the middle of them nothing is told', () => {
  const work = { startMs: nowMs - 10 * MINUTE, endMs: nowMs - 2 * MINUTE }
  expect(level([down(5, 120)], '99.9', [work])).toBeUndefined()
  const going = { startMs: nowMs - MINUTE, endMs: nowMs + HOUR }
  expect(level([down(4, 120)], '99.9')).toBe('fast')
  expect(level([down(4, 120)], '99.9', [going])).toBeUndefined()
})

test('it says how fast and for how long', () => {
  expect(findBudgetBurn(facts([down(4, 60)], '99.9'))?.because).toBe(
    'Down for 60 of the last 3,600 seconds, 16.6 times as much as 99.9 % allows, and for 60 of the last 300.',
  )
})

test('calm is a quarter of an hour up, half an hour while six hours are spent, and quiet time is none', () => {
  expect(isBudgetCalm(facts([], '99.9'))).toBe(true)
  expect(isBudgetCalm(facts([down(15, 60)], '99.9'))).toBe(false)
  expect(isBudgetCalm(facts([down(16, 60)], '99.9'))).toBe(true)
  expect(isBudgetCalm(facts([down(29, 130)], '99.9'))).toBe(false)
  expect(isBudgetCalm(facts([down(33, 130)], '99.9'))).toBe(true)
  const work = { startMs: nowMs - 10 * MINUTE, endMs: nowMs }
  expect(isBudgetCalm(facts([down(20, 60)], '99.9', [work]))).toBe(false)
})

test('more down time never makes an alarm milder, and what burns is not calm', () => {
  const spans = fc.array(
    fc
      .tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 1, max: 300 }))
      .map(([at, s]) => down(at, s)),
    { maxLength: 6 },
  )
  const rank = (of: string | undefined) => (of === 'fast' ? 2 : of === 'slow' ? 1 : 0)
  fc.assert(
    fc.property(
      spans,
      spans,
      fc.constantFrom('99', '99.9', '99.99', '99.999', '100'),
      (one, more, target) => {
        expect(rank(level([...one, ...more], target))).toBeGreaterThanOrEqual(rank(level(one, target)))
        if (level(one, target) === 'fast') expect(isBudgetCalm(facts(one, target))).toBe(false)
      },
    ),
  )
})
