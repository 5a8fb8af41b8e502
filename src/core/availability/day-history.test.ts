import { describe, expect, it } from 'vitest'
import { dayHistory, uptimeByMonth, uptimeOfDays } from './day-history.ts'

const DAY_MS = 86_400_000
const day = (name: string, downMs = 0, measuredMs = DAY_MS) => ({ day: name, measuredMs, downMs })

describe('the days shown', () => {
  const lastDay = '2026-03-02'

  it('are as many as are asked for, over the turn of a month, and the last one is the last', () => {
    const days = dayHistory([], { lastDay, count: 4, work: [] })
    expect(days.map(each => each.day)).toEqual(['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02'])
  })

  it('tell a day that nobody measured from one that was up', () => {
    const days = dayHistory([day('2026-03-02'), day('2026-03-01', 0, 0)], { lastDay, count: 3, work: [] })
    expect(days.map(({ kind }) => kind)).toEqual(['none', 'none', 'up'])
  })

  it('are major from a quarter of an hour down on', () => {
    const figures = [day('2026-03-01', 899_999), day('2026-03-02', 900_000)]
    const days = dayHistory(figures, { lastDay, count: 2, work: [] })
    expect(days.map(({ kind }) => kind)).toEqual(['minor', 'major'])
  })

  it('show maintenance where nothing was down, each instant of it once', () => {
    const startMs = Date.parse('2026-03-01T23:00:00Z')
    const work = [
      { startMs, endMs: startMs + 7_200_000 },
      { startMs: startMs + 3_600_000, endMs: startMs + 5_400_000 },
    ]
    const figures = [day('2026-03-01', 10_000), day('2026-03-02')]
    expect(dayHistory(figures, { lastDay, count: 2, work })).toMatchObject([
      { kind: 'minor', maintenanceMs: 3_600_000 },
      { kind: 'maintenance', maintenanceMs: 3_600_000 },
    ])
  })
})

describe('uptime of days', () => {
  it('is a sum of time over a sum of time: a short day weighs less', () => {
    const { uptime, exact } = uptimeOfDays([day('2026-03-01', 3_600_000, 7_200_000), day('2026-03-02')])
    expect(uptime).toBe('96.15384')
    expect(exact).toMatchObject({ numerator: 25n, denominator: 26n })
  })

  it('is never rounded up to a hundred', () => {
    const days = Array.from({ length: 30 }, (_, at) => day(`2026-04-${String(at + 1).padStart(2, '0')}`))
    expect(uptimeOfDays([...days.slice(1), day('2026-04-01', 1)]).uptime).toBe('99.99999')
    expect(uptimeOfDays(days).uptime).toBe('100.00000')
  })

  it('is not told where nothing was measured', () => {
    expect(uptimeOfDays([day('2026-03-01', 0, 0)]).uptime).toBeUndefined()
  })

  it('comes by month, newest first, and says which month is whole', () => {
    const april = Array.from({ length: 30 }, (_, at) => day(`2026-04-${String(at + 1).padStart(2, '0')}`))
    const months = uptimeByMonth([
      day('2026-02-28', 0, 0),
      day('2026-03-30', 8640),
      ...april,
      day('2026-05-01'),
    ])
    expect(months).toMatchObject([
      { month: '2026-05', from: '2026-05-01', isWhole: false },
      { month: '2026-04', from: '2026-04-01', isWhole: true, uptime: '100.00000' },
      { month: '2026-03', from: '2026-03-30', isWhole: false, uptime: '99.99000' },
    ])
  })
})
