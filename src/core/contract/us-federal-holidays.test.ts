import { expect, test } from 'vitest'

import { usFederalHolidays } from './us-federal-holidays.ts'

test('2026 is as published', () => {
  expect(usFederalHolidays(2026, 2026)).toEqual([
    '2026-01-01',
    '2026-01-19',
    '2026-02-16',
    '2026-05-25',
    '2026-06-19',
    '2026-07-03',
    '2026-09-07',
    '2026-10-12',
    '2026-11-11',
    '2026-11-26',
    '2026-12-25',
  ])
})

test('eleven a year, and a Saturday’s is kept on the Friday before, even in the year before', () => {
  const holidays = usFederalHolidays(2024, 2036)
  expect(holidays).toHaveLength(13 * 11)
  expect(holidays.filter(date => date.startsWith('2027'))).toEqual([
    '2027-01-01',
    '2027-01-18',
    '2027-02-15',
    '2027-05-31',
    '2027-06-18',
    '2027-07-05',
    '2027-09-06',
    '2027-10-11',
    '2027-11-11',
    '2027-11-25',
    '2027-12-24',
    '2027-12-31',
  ])
  expect(holidays).not.toContain('2028-01-01')
})
