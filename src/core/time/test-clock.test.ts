import { expect, test } from 'vitest'
import { shownTime } from './test-clock.ts'

const april = Date.UTC(2026, 3, 1)

test('without a test clock, time is what it is', () => {
  expect(shownTime(undefined, april + 123)).toBe(april + 123)
})

test('a test clock begins where it was set and runs at its speed', () => {
  const clock = { startMs: april, originMs: 1000, speed: 3600 }
  expect(shownTime(clock, 1000)).toBe(april)
  expect(shownTime(clock, 2000)).toBe(april + 3_600_000)
  expect(shownTime({ ...clock, speed: 0.5 }, 1001)).toBe(april)
})
