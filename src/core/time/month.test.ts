import { describe, expect, it } from 'vitest'
import {
  isMonth,
  monthOf,
  monthSeconds,
  monthSpan,
  monthsLater,
  monthsOf,
  nextMonth,
  startOfDayAfter,
} from './month.ts'

const at = (text: string) => Date.parse(text)

describe('a month', () => {
  it.each([
    ['2026-02', 28],
    ['2028-02', 29],
    ['2026-04', 30],
    ['2026-12', 31],
  ])('%s has %i days', (month, days) => {
    expect(monthSeconds(month)).toBe(days * 86_400)
  })

  it('is an hour shorter or longer where the clocks change in it', () => {
    expect(monthSeconds('2026-03', 'America/New_York')).toBe(31 * 86_400 - 3_600)
    expect(monthSeconds('2026-11', 'America/New_York')).toBe(30 * 86_400 + 3_600)
    expect(monthSeconds('2026-04', 'Australia/Lord_Howe')).toBe(30 * 86_400 + 1_800)
  })

  it('misses the day that its zone skipped', () => {
    expect(monthSeconds('2011-12', 'Pacific/Apia')).toBe(30 * 86_400)
  })

  it('begins with its first local day, whatever the time is then', () => {
    expect(monthSpan('2026-04', 'Europe/Berlin')).toEqual({
      startMs: at('2026-03-31T22:00:00Z'),
      endMs: at('2026-04-30T22:00:00Z'),
    })
  })

  it('ends before the next one begins, to the millisecond', () => {
    expect(monthOf(at('2026-12-31T23:59:59.999Z'))).toBe('2026-12')
    expect(monthOf(at('2027-01-01T00:00:00Z'))).toBe('2027-01')
    expect(monthOf(at('2027-01-01T00:00:00Z'), 'America/New_York')).toBe('2026-12')
    expect(nextMonth('2026-12')).toBe('2027-01')
  })

  it.each(['2026-13', '2026-00', '2026-1', '26-01', '2026-01-01', ''])('%j is none', text => {
    expect(isMonth(text)).toBe(false)
  })
})

describe('a span of time', () => {
  it('touches the months it holds an instant of, not the one it ends before', () => {
    const span = (from: string, to: string) => ({ startMs: at(from), endMs: at(to) })
    expect(monthsOf(span('2026-01-31T23:00:00Z', '2026-02-01T00:00:00Z'))).toEqual(['2026-01'])
    expect(monthsOf(span('2025-12-31T23:00:00Z', '2026-02-01T00:00:01Z'))).toEqual([
      '2025-12',
      '2026-01',
      '2026-02',
    ])
    expect(monthsOf(span('2026-02-01T00:00:00Z', '2026-02-01T00:00:00Z'))).toEqual(['2026-02'])
  })
})

describe('days and months later', () => {
  it('a day begins at its zone’s midnight, also over a change of the clocks', () => {
    expect(startOfDayAfter(at('2026-03-07T12:00:00Z'), 2, 'America/New_York')).toBe(
      at('2026-03-09T04:00:00Z'),
    )
  })

  it('a date that the later month lacks is its last day', () => {
    expect(monthsLater(at('2024-02-29T12:00:00Z'), 12)).toBe(at('2025-02-28T12:00:00Z'))
  })
})
