import { describe, expect, it } from 'vitest'
import { lengthMs } from '../time/span.ts'
import { type OutageFacts, countDownTime } from './exclusions.ts'
import type { Maintenance } from './maintenance.ts'

const HOUR = 3_600_000
const START = Date.parse('2026-03-05T02:00:00Z')

function window(more: Partial<Maintenance> = {}): Maintenance {
  return {
    announcedMs: START - 48 * HOUR,
    startMs: START,
    endMs: START + HOUR,
    cancelledMs: undefined,
    ...more,
  }
}

/** An outage of ten hours around the start, in seconds excluded. */
function excludedSeconds(facts: Partial<OutageFacts>): number {
  const outages = [{ startMs: START - 5 * HOUR, endMs: START + 5 * HOUR }]
  const { down, excluded } = countDownTime({
    outages,
    maintenance: [],
    exclusions: [],
    noticeHours: 48,
    ...facts,
  })
  expect(lengthMs(down) + lengthMs(excluded)).toBe(lengthMs(facts.outages ?? outages))
  return lengthMs(excluded) / 1000
}

describe('maintenance', () => {
  it('is excluded with exactly the notice, and not with a moment less', () => {
    expect(excludedSeconds({ maintenance: [window()] })).toBe(3600)
    expect(excludedSeconds({ maintenance: [window({ announcedMs: START - 48 * HOUR + 1 })] })).toBe(0)
    expect(
      excludedSeconds({ maintenance: [window({ announcedMs: START - 24 * HOUR })], noticeHours: 24 }),
    ).toBe(3600)
  })

  it('ends when it is cancelled, or excludes nothing if that was before it began', () => {
    expect(excludedSeconds({ maintenance: [window({ cancelledMs: START + HOUR / 4 })] })).toBe(900)
    expect(excludedSeconds({ maintenance: [window({ cancelledMs: START })] })).toBe(0)
    expect(excludedSeconds({ maintenance: [window({ cancelledMs: START + 2 * HOUR })] })).toBe(3600)
  })

  it('is not made longer by an extension without notice of its own', () => {
    const extension = window({ announcedMs: START, startMs: START + HOUR, endMs: START + 2 * HOUR })
    expect(excludedSeconds({ maintenance: [window(), extension] })).toBe(3600)
    const early = { ...extension, announcedMs: START - 47 * HOUR }
    expect(excludedSeconds({ maintenance: [window(), early] })).toBe(7200)
  })
})

describe('maintenance cancelled before it began', () => {
  it('is said to exclude nothing', () => {
    const facts = { outages: [], exclusions: [], noticeHours: 48 }
    const { because } = countDownTime({ ...facts, maintenance: [window({ cancelledMs: START })] })
    expect(because[0]).toMatch(/was cancelled before it began: it excludes nothing\.$/)
  })
})

describe('down time', () => {
  it('counts each instant once, however many outages and reasons cover it', () => {
    const span = { startMs: START, endMs: START + HOUR }
    const exclusions = [
      { ...span, reason: 'force-majeure' as const },
      { ...span, reason: 'third-party' as const },
    ]
    expect(excludedSeconds({ maintenance: [window()], exclusions })).toBe(3600)
    expect(excludedSeconds({ outages: [span, span], exclusions })).toBe(3600)
  })

  it('says of every window and reason whether it was excluded', () => {
    const { because } = countDownTime({
      outages: [{ startMs: START, endMs: START + 2 * HOUR }],
      maintenance: [window({ announcedMs: START })],
      exclusions: [{ startMs: START + HOUR, endMs: START + HOUR + 1500, reason: 'customer' }],
      noticeHours: 48,
    })
    expect(because).toEqual([
      'Maintenance of 2026-03-05T02:00:00Z to 2026-03-05T03:00:00Z was announced 2026-03-05T02:00:00Z, 0 seconds ahead, and 172,800 are needed: it counts as down time.',
      '2026-03-05T03:00:00Z to 2026-03-05T03:00:01.5Z is excluded: the customer’s own actions.',
      'Outages: 7200 seconds, each counted once; excluded of them: 1.5; down: 7198.5.',
    ])
  })
})
