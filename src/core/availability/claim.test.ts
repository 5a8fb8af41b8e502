import { describe, expect, it } from 'vitest'
import { type ClaimFacts, judgeClaim } from './claim.ts'

function claim(claimedAt: string, more: Partial<ClaimFacts> = {}) {
  return judgeClaim({
    incidentStartMs: undefined,
    incidentEndMs: Date.parse('2026-01-15T10:00:00Z'),
    claimedMs: Date.parse(claimedAt),
    claimDays: 30,
    timezone: 'UTC',
    ...more,
  })
}

describe('a claim', () => {
  it('is in time until the end of its last day, in the SLA’s zone', () => {
    expect(claim('2026-02-14T23:59:59.999Z').accepted).toBe(true)
    expect(claim('2026-02-15T00:00:00Z').accepted).toBe(false)
    const timezone = 'America/New_York'
    expect(claim('2026-02-15T04:59:59Z', { timezone }).accepted).toBe(true)
    expect(claim('2026-02-15T05:00:00Z', { timezone }).accepted).toBe(false)
  })

  it('counts days of the calendar, so a change of the clocks neither adds nor takes an hour', () => {
    const more = { incidentEndMs: Date.parse('2026-02-20T12:00:00Z'), timezone: 'America/New_York' }
    // Day 30 is the 22nd of March, after the clocks went forward.
    expect(claim('2026-03-23T03:59:59Z', more).accepted).toBe(true)
    expect(claim('2026-03-23T04:00:00Z', more).accepted).toBe(false)
  })

  it('opens every month that the incident touches, and none when it is late', () => {
    const incidentStartMs = Date.parse('2025-11-30T23:00:00Z')
    expect(claim('2026-01-16T00:00:00Z', { incidentStartMs }).months).toEqual([
      '2025-11',
      '2025-12',
      '2026-01',
    ])
    expect(claim('2026-01-16T00:00:00Z', { incidentStartMs, timezone: 'Asia/Tokyo' }).months[0]).toBe(
      '2025-12',
    )
    expect(claim('2026-03-01T00:00:00Z', { incidentStartMs }).months).toEqual([])
  })

  it('does not open a month that began as the incident ended', () => {
    const incidentEndMs = Date.parse('2026-02-01T00:00:00Z')
    expect(claim('2026-02-02T00:00:00Z', { incidentEndMs }).months).toEqual(['2026-01'])
  })
})
