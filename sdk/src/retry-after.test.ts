import { expect, it } from 'vitest'
import { readRetryAfterMs } from './retry-after.ts'

const noon = Date.parse('2026-11-21T12:00:00Z')

it.each([
  ['seconds', '7', null, 7000],
  ['a date, by the clock here', 'Sat, 21 Nov 2026 12:00:05 GMT', null, 5000],
  [
    'a date, by the server’s own clock',
    'Sat, 21 Nov 2026 15:00:05 GMT',
    'Sat, 21 Nov 2026 15:00:00 GMT',
    5000,
  ],
  ['a date in an old form', 'Sunday, 22-Nov-26 12:00:00 GMT', null, 86_400_000],
  ['a date that has passed', 'Sat, 21 Nov 2026 11:00:00 GMT', null, 0],
  ['nothing', null, null, undefined],
  ['a number that is not whole', '1.5', null, undefined],
  ['a negative number', '-1', null, undefined],
  ['words', 'Monday maybe', null, undefined],
  ['a number without end', '9'.repeat(400), null, undefined],
])('Retry-After is understood as %s', (_, retryAfter, date, expected) => {
  expect(readRetryAfterMs(retryAfter, date, noon)).toBe(expected)
})
