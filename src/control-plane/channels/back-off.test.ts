import { expect, test } from 'vitest'
import { pauseAfter } from './back-off.ts'

test('pauses grow from 5 seconds to a day, and after ten attempts it is given up', () => {
  const seconds = Array.from({ length: 10 }, (_, i) => (pauseAfter(i + 1, 0) ?? NaN) / 1000)
  expect(seconds).toEqual([5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400, NaN])
})

test('what failed together comes back spread over a tenth of the pause', () => {
  expect(pauseAfter(2, 0.5)).toBe(315_000)
  expect(pauseAfter(2, 1)).toBe(330_000)
})
