import { describe, expect, it } from 'vitest'
import { type StandingFacts, creditStanding } from './credit-standing.ts'

const deadlineMs = Date.UTC(2026, 11, 13)
const facts: StandingFacts = {
  owed: '162.04',
  given: '0.00',
  minorDigits: 2,
  closed: true,
  claim: { claimed: false, deadlinesMs: [deadlineMs] },
  nowMs: deadlineMs - 1,
}
const status = (change: Partial<StandingFacts>) => creditStanding({ ...facts, ...change }).status

describe('what becomes of a month’s credit', () => {
  it('is granted once something was given, whatever is owed by now', () => {
    expect(status({ given: '162.04', closed: true })).toBe('granted')
    expect(status({ given: '0.01', owed: '0.00' })).toBe('granted')
  })

  it('is none while nothing is owed', () => {
    expect(status({ owed: '0.00' })).toBe('none')
    expect(status({ owed: '0.00', claim: undefined, closed: false })).toBe('none')
  })

  it('is pending until the month closes: unasked, or once it was claimed', () => {
    expect(status({ claim: undefined, closed: false })).toBe('pending')
    expect(status({ claim: { claimed: true, deadlinesMs: [deadlineMs] }, closed: false })).toBe('pending')
  })

  it('can be claimed up to the deadline’s last millisecond, and lapses with it', () => {
    expect(status({})).toBe('claimable')
    expect(status({ nowMs: deadlineMs })).toBe('lapsed')
    expect(creditStanding(facts)).toMatchObject({ claimUntilMs: deadlineMs })
    expect(creditStanding(facts).because).toContain('2026-12-13T00:00:00Z')
  })

  it('has the last of several deadlines, and none that has begun while an incident goes on', () => {
    const claim = { claimed: false, deadlinesMs: [deadlineMs - 1000, deadlineMs] }
    expect(creditStanding({ ...facts, claim, nowMs: deadlineMs - 500 }).status).toBe('claimable')
    const open = { claimed: false, deadlinesMs: [deadlineMs, undefined] }
    expect(status({ claim: open, nowMs: deadlineMs + 1 })).toBe('claimable')
  })

  it('does not lapse while the month runs, in which another outage can come', () => {
    expect(status({ closed: false, nowMs: deadlineMs + 1 })).toBe('claimable')
  })
})
