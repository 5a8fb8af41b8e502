import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../store/outcome.ts'
import { userKey } from '../../store/user-key.ts'
import { type Recorder, createRecorder } from './recorder.ts'

const facts = {
  appId: 'app_1',
  endpoint: 'GetApp',
  platform: 'web',
  outcome: 'served',
  durationMs: 1,
} as const
const slice = { appId: 'app_1', endpoint: 'GetApp', arrivedMs: 25_000, durationMs: 1, sliceSeconds: 10 }

function reportOf(fill: (recorder: Recorder) => void, storeOffsetMs = 0) {
  const recorder = createRecorder({ storeOffsetMs: () => storeOffsetMs })
  fill(recorder)
  return recorder.take()!
}

describe('the recorder', () => {
  it('counts a request in the minute in which it arrived', () => {
    const { requests } = reportOf(r => {
      for (const arrivedMs of [59_999, 60_000, 60_001]) r.request({ ...facts, arrivedMs })
    })
    expect(requests.map(({ minuteMs, count, latency }) => [minuteMs, count, latency[0]])).toEqual([
      [0, 1, 1],
      [60_000, 2, 2],
    ])
  })

  it('reports a user once, and again in another month or app, never by its id', () => {
    const november = Date.UTC(2026, 10, 30, 23, 59, 59, 999)
    const { users } = reportOf(r => {
      for (let i = 0; i < 3; i++) r.user('app_1', 'ann', november)
      r.user('app_1', 'ann', november + 1)
      r.user('app_2', 'ann', november)
    })
    expect(users.map(each => [each.appId, each.userKey, each.atMs])).toEqual([
      ['app_1', userKey('app_1', 'ann'), november],
      ['app_1', userKey('app_1', 'ann'), november + 1],
      ['app_2', userKey('app_2', 'ann'), november],
    ])
  })

  it('counts requests of no known app apart, and every duration in one bucket', () => {
    const report = reportOf(r => {
      r.request({ ...facts, appId: undefined, outcome: 'refused', arrivedMs: 1, durationMs: 0.5 })
      r.request({ ...facts, arrivedMs: 1, durationMs: 1e9 })
    })
    expect(report.strangers).toEqual({ refused: 1 })
    expect(report.durations.at(0)).toBe(1)
    expect(report.durations.at(-1)).toBe(1)
    expect(report.durations.reduce((a, b) => a + b)).toBe(2)
  })

  it('has nothing to report when nothing happened', () => {
    expect(createRecorder({ storeOffsetMs: () => 0 }).take()).toBeUndefined()
  })

  it('records every instant in the store’s time', () => {
    const socket = { id: 'c', appId: 'app_1', user: undefined, platform: 'web', endpoint: 'Connect', atMs: 5 }
    const report = reportOf(r => {
      r.request({ ...facts, arrivedMs: 59_999 })
      r.slice({ ...slice, arrivedMs: 9_999 }, undefined, 'served')
      r.user('app_1', 'ann', 5)
      r.opened(socket)(6)
    }, 1)
    expect(report.requests[0]?.minuteMs).toBe(60_000)
    expect(report.appSlices[0]?.sliceMs).toBe(10_000)
    expect([report.users[0]?.atMs, report.opened[0]?.atMs, report.closed[0]?.atMs]).toEqual([6, 6, 7])
  })
})

describe('a socket that closes', () => {
  const opened = { id: 'c', appId: 'app_1', user: undefined, platform: 'web', endpoint: 'Connect' }
  /** When it closed after the 5,000.9 ms it lasted, opened at 100,000 of the store's time. */
  const closeOf = (end: { closedMs: number; offsetMs?: number; clockSpeed?: number }) => {
    let [steadyMs, offsetMs] = [7.3, 0]
    const { clockSpeed = 1 } = end
    const recorder = createRecorder({ storeOffsetMs: () => offsetMs, steadyMs: () => steadyMs, clockSpeed })
    const closed = recorder.opened({ ...opened, atMs: 100_000 })
    steadyMs += 5000.9
    offsetMs = end.offsetMs ?? 0
    closed(end.closedMs)
    return recorder.take()?.closed
  }

  it('ends by the clock, as long as that goes on or is put forward', () => {
    expect(closeOf({ closedMs: 105_001 })).toEqual([{ id: 'c', atMs: 105_001 }])
    expect(closeOf({ closedMs: 3_705_000 })).toEqual([{ id: 'c', atMs: 3_705_000 }])
  })

  it('ends after the time it lasted, where the clock was put back meanwhile', () => {
    expect(closeOf({ closedMs: 0 })).toEqual([{ id: 'c', atMs: 105_000 }])
    expect(closeOf({ closedMs: 104_000 })).toEqual([{ id: 'c', atMs: 105_000 }])
    expect(closeOf({ closedMs: 0, clockSpeed: 60 })).toEqual([{ id: 'c', atMs: 400_000 }])
  })

  it('ends by the store’s time, where that is known to be another by now', () => {
    expect(closeOf({ closedMs: 0, offsetMs: 105_001 })).toEqual([{ id: 'c', atMs: 105_001 }])
  })
})

describe('a slice', () => {
  const counts = (...steps: [before: Outcome | undefined, after: Outcome, durationMs?: number][]) => {
    const recorder = createRecorder({ storeOffsetMs: () => 0 })
    for (const [before, after, durationMs = 1] of steps)
      recorder.slice({ ...slice, durationMs }, before, after)
    const [own] = recorder.take()?.appSlices ?? []
    return own && [own.sliceMs, own.seconds, own.valid, own.failed]
  }

  it('holds the valid requests that arrived in it, and none that Weir itself turned away', () => {
    const valid = [undefined, 'served'] as [undefined, Outcome]
    expect(counts(valid, [undefined, 'failed'], [undefined, 'client-error'])).toEqual([20_000, 10, 3, 1])
    expect(counts([undefined, 'limited'], [undefined, 'refused'], [undefined, 'unmatched'])).toBeUndefined()
  })

  it('is corrected by a body that is cut or left, while it is not final', () => {
    expect(counts([undefined, 'served'], ['served', 'failed'])).toEqual([20_000, 10, 1, 1])
    expect(counts([undefined, 'served'], ['served', 'aborted'])).toBeUndefined()
    expect(counts([undefined, 'served'], ['served', 'served'])).toEqual([20_000, 10, 1, 0])
  })

  it('changes no more ten minutes after its end', () => {
    const toTheEnd = 5_000 + 600_000
    expect(counts([undefined, 'served'], ['served', 'failed', toTheEnd - 1])).toEqual([20_000, 10, 1, 1])
    expect(counts([undefined, 'served'], ['served', 'failed', toTheEnd])).toEqual([20_000, 10, 1, 0])
  })
})
