import { describe, expect, it } from 'vitest'
import {
  type JudgedTime,
  type MeasuredTime,
  describeDown,
  judgeTime,
  secondsByState,
} from './organization-slices.ts'

const START_MS = Date.UTC(2026, 3, 1)
const LEAD = 3
const JUDGED = 10
const LENGTH = LEAD + JUDGED

/** Ten slices behind a lead of three; an app is asked a hundred times in each, and fails in those that are named. */
function judged(apps: readonly (readonly [string, readonly number[]])[], change: Partial<MeasuredTime> = {}) {
  return judgeTime({
    rule: { sliceSeconds: 10, errorPercent: '5', minRequests: 10, minFailed: 1 },
    noticeHours: 48,
    grid: { startMs: START_MS, seconds: 10, length: LENGTH },
    lead: LEAD,
    apps: apps.map(([appId, down]) => ({ appId, own: counts(100, down), unmeasured: zeros() })),
    allApps: counts(0, []),
    silent: zeros(),
    probed: zeros(),
    maintenance: [],
    exclusions: [],
    ...change,
  })
}

function counts(asked: number, down: readonly number[]) {
  const failed = new Uint32Array(LENGTH)
  for (const slice of down) failed[slice] = asked
  return { valid: new Uint32Array(LENGTH).fill(asked), failed }
}

function zeros() {
  return new Uint8Array(LENGTH)
}

const instant = (slice: number) => START_MS + slice * 10_000
const outagesOf = (time: JudgedTime) => time.apps.flatMap(({ outages }) => [...outages])

describe('an app', () => {
  it('is judged from the slice in which it was made: nothing that others say of the time before is its', () => {
    const everyone = { allApps: counts(100, [...Array(LENGTH).keys()]) }
    const apps = [{ appId: 'app_1', own: counts(0, []), unmeasured: zeros(), sinceMs: instant(6) + 9999 }]
    expect(outagesOf(judged([], { ...everyone, apps }))).toEqual([
      { startMs: instant(6), endMs: instant(LENGTH) },
    ])
    const ones = zeros().fill(1)
    const twos = zeros().fill(2)
    const lost = [{ ...apps[0]!, unmeasured: ones }]
    for (const change of [{ silent: ones }, { probed: twos }, { apps: lost }]) {
      const time = judged([], { apps, ...change })
      expect(outagesOf(time)).toEqual([{ startMs: instant(6), endMs: instant(LENGTH) }])
      expect(secondsByState(time)).toMatchObject({ idle: 30, down: 70 })
    }
    expect(secondsByState(judged([], { apps: lost })).unmeasured).toBe(70)
  })

  it('that was made before is judged from the first slice on, whatever it is looked back at', () => {
    const apps = [{ appId: 'app_1', own: counts(0, []), unmeasured: zeros(), sinceMs: instant(0) + 1 }]
    const time = judged([], { apps, silent: zeros().fill(1) })
    expect(outagesOf(time)).toEqual([{ startMs: instant(LEAD), endMs: instant(LENGTH) }])
  })
})

describe('what is told of a span that was down', () => {
  it('is what its own slices saw, however many are looked back at before the first', () => {
    const time = judged([
      ['app_1', [4, 5]],
      ['app_2', [9]],
    ])
    expect(outagesOf(time)).toEqual([
      { startMs: instant(4), endMs: instant(6) },
      { startMs: instant(9), endMs: instant(10) },
    ])
    expect(describeDown(time, outagesOf(time))).toEqual([
      {
        startMs: instant(4),
        endMs: instant(6),
        apps: ['app_1'],
        valid: 200,
        failed: 200,
        decidedBy: ['app'],
      },
      {
        startMs: instant(9),
        endMs: instant(10),
        apps: ['app_2'],
        valid: 100,
        failed: 100,
        decidedBy: ['app'],
      },
    ])
  })

  it('takes in the requests of slices that it covers in part', () => {
    const time = judged([['app_1', [5, 6, 7]]])
    const span = { startMs: instant(5) + 4000, endMs: instant(7) + 1 }
    expect(describeDown(time, [span])).toEqual([
      { ...span, apps: ['app_1'], valid: 300, failed: 300, decidedBy: ['app'] },
    ])
  })

  it('shows the requests before it that decided, where too few arrived in its own slices', () => {
    const own = { valid: new Uint32Array(LENGTH), failed: new Uint32Array(LENGTH) }
    own.valid.set([8, 4], 4)
    own.failed.set([0, 4], 4)
    const time = judged([], { apps: [{ appId: 'app_1', own, unmeasured: zeros() }] })
    const [first] = outagesOf(time)
    expect(first).toEqual({ startMs: instant(5), endMs: instant(LENGTH) })
    // Of the slices that are down four failed of four; with the eight that were served before, four of twelve.
    expect(describeDown(time, [{ startMs: instant(6), endMs: instant(LENGTH) }])).toMatchObject([
      {
        valid: 0,
        failed: 0,
        decidedBy: ['adjoining'],
        decidedOn: { fromMs: instant(4), valid: 12, failed: 4 },
      },
    ])
    const busy = judged([['app_1', [5]]])
    expect(describeDown(busy, outagesOf(busy))[0]).not.toHaveProperty('decidedOn')
  })

  it('begins where judging begins, and ends where it ends', () => {
    const time = judged([['app_1', [0, 1, 2, LEAD, LENGTH - 1]]])
    expect(outagesOf(time)).toEqual([
      { startMs: instant(LEAD), endMs: instant(LEAD + 1) },
      { startMs: instant(LENGTH - 1), endMs: instant(LENGTH) },
    ])
    const [whole] = describeDown(time, [{ startMs: instant(0), endMs: instant(LENGTH + 5) }])
    expect(whole).toMatchObject({ valid: JUDGED * 100, failed: 200 })
  })
})

describe('the seconds of a stretch', () => {
  it('are those of the slices that are judged, each by its worst app', () => {
    const time = judged([
      ['app_1', [0, 1, LEAD, 5]],
      ['app_2', [5, 6]],
    ])
    expect(secondsByState(time)).toEqual({ up: 70, down: 30, idle: 0, excluded: 0, unmeasured: 0 })
  })

  it('are idle where no app was asked, and up where one was', () => {
    const idle = { appId: 'app_1', own: counts(0, []), unmeasured: zeros() }
    const quiet = judged([], { apps: [idle] })
    expect(secondsByState(quiet)).toMatchObject({ idle: 100, up: 0 })
    const busy = { appId: 'app_2', own: counts(100, []), unmeasured: zeros() }
    expect(secondsByState(judged([], { apps: [idle, busy] }))).toMatchObject({ idle: 0, up: 100 })
    expect(secondsByState(judged([], { apps: [busy, idle] }))).toMatchObject({ idle: 0, up: 100 })
  })

  it('count a slice as excluded and as unmeasured that is so in part, once for all apps', () => {
    const lost = zeros()
    lost.fill(1, 0, LEAD + 2)
    const own = counts(100, [])
    const time = judged([], {
      apps: ['app_1', 'app_2'].map(appId => ({ appId, own, unmeasured: lost })),
      allApps: own,
      exclusions: [
        { reason: 'customer', startMs: instant(LEAD) + 1, endMs: instant(LEAD + 1) + 1 },
        { reason: 'third-party', startMs: instant(0), endMs: instant(1) },
      ],
    })
    expect(secondsByState(time)).toMatchObject({ excluded: 20, unmeasured: 20 })
  })
})
