import { expect, it } from 'vitest'
import { emptyBatch } from '../../store/batch.ts'
import { joinLost, lostTime } from './lost-time.ts'

const minuteMs = Date.UTC(2026, 10, 1)
const request = { endpoint: 'Search', platform: 'web', outcome: 'served' as const, minuteMs, count: 1 }
const slice = { seconds: 10, valid: 1, failed: 0 }

it('a dropped batch leaves the slices of each app unmeasured, and the minutes of those without slices', () => {
  const latency = [1]
  const batch = {
    ...emptyBatch('node', 1, minuteMs),
    appSlices: [
      { name: 'a', sliceMs: minuteMs, ...slice },
      { name: 'a', sliceMs: minuteMs + 10_000, ...slice },
      { name: 'a', sliceMs: minuteMs + 50_000, ...slice },
    ],
    requests: [
      { ...request, appId: 'a', latency },
      { ...request, appId: 'b', latency },
    ],
  }
  expect(lostTime(batch)).toEqual([
    { appId: 'a', fromMs: minuteMs, toMs: minuteMs + 20_000 },
    { appId: 'a', fromMs: minuteMs + 50_000, toMs: minuteMs + 60_000 },
    { appId: 'b', fromMs: minuteMs, toMs: minuteMs + 60_000 },
  ])
})

it('a batch that was itself about lost time keeps it', () => {
  const unmeasured = [{ appId: undefined, fromMs: 1, toMs: 2 }]
  expect(lostTime({ ...emptyBatch('node', 1, 0), unmeasured })).toEqual(unmeasured)
})

it('more spans than anybody reads become the time of all apps', () => {
  const spans = Array.from({ length: 10_001 }, (_, i) => ({ appId: `a${i}`, fromMs: 0, toMs: 10 + (i % 3) }))
  expect(joinLost(spans)).toEqual([{ appId: undefined, fromMs: 0, toMs: 12 }])
})
