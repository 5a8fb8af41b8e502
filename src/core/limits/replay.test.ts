import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { type MinuteOfRequests, createReplay } from './replay.ts'

function replay(minutes: readonly MinuteOfRequests[], limit: (endpoint: string, platform: string) => number) {
  const replayer = createReplay(limit)
  for (const each of minutes) replayer.add(each)
  return replayer.result()
}

const at = (minute: number) => Date.UTC(2026, 9, 1, 12, minute)
const minute = (more: Partial<MinuteOfRequests>): MinuteOfRequests => ({
  endpoint: 'Search',
  platform: 'web',
  minuteMs: at(0),
  admitted: 0,
  limited: 0,
  ...more,
})

it('what is above the other limit in its own minute would have been refused, minute by minute', () => {
  const recorded = [
    minute({ admitted: 300 }),
    minute({ admitted: 120, minuteMs: at(1) }),
    minute({ admitted: 100, minuteMs: at(2) }),
    minute({ admitted: 150, platform: 'ios' }),
    minute({ admitted: 90, endpoint: 'GetApp' }),
  ]
  const limit = (endpoint: string, platform: string) =>
    endpoint === 'GetApp' ? 1000 : platform === 'ios' ? 149 : 100
  expect(replay(recorded, limit)).toEqual({
    admitted: 760,
    refusedAtLeast: 221,
    minutes: 3,
    passedAtMost: 0,
    places: [
      {
        endpoint: 'Search',
        platform: 'web',
        limit: 100,
        refusedAtLeast: 220,
        minutes: 2,
        busiest: { minuteMs: at(0), admitted: 300 },
      },
      {
        endpoint: 'Search',
        platform: 'ios',
        limit: 149,
        refusedAtLeast: 1,
        minutes: 1,
        busiest: { minuteMs: at(0), admitted: 150 },
      },
    ],
  })
})

it('what was refused could have passed as far as there was room', () => {
  const recorded = [
    minute({ admitted: 100, limited: 70 }),
    minute({ admitted: 20, limited: 5, minuteMs: at(1) }),
  ]
  expect(replay(recorded, () => 150).passedAtMost).toBe(55)
  expect(replay(recorded, () => 100).passedAtMost).toBe(5)
})

it('under the limits that held nothing is refused, and lower limits never refuse less', () => {
  const anyMinute = fc.record({
    endpoint: fc.constantFrom('Search', 'GetApp'),
    platform: fc.constantFrom('web', 'ios'),
    minuteMs: fc.nat({ max: 9 }).map(at),
    admitted: fc.nat({ max: 100 }),
    limited: fc.nat({ max: 100 }),
  })
  const recorded = fc.uniqueArray(anyMinute, {
    selector: ({ endpoint, platform, minuteMs }) => `${endpoint} ${platform} ${minuteMs}`,
  })
  fc.assert(
    fc.property(recorded, fc.nat({ max: 100 }), fc.nat({ max: 100 }), (minutes, one, other) => {
      expect(replay(minutes, () => 100)).toMatchObject({ refusedAtLeast: 0, minutes: 0, places: [] })
      const [low, high] = [Math.min(one, other), Math.max(one, other)]
      const refused = replay(minutes, () => low).refusedAtLeast
      expect(refused).toBeGreaterThanOrEqual(replay(minutes, () => high).refusedAtLeast)
      const served = minutes.reduce((sum, { admitted }) => sum + Math.min(admitted, low), 0)
      expect(replay(minutes, () => low).admitted - refused).toBe(served)
    }),
  )
})
