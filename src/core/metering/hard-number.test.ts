import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPlaceMeter, usersRefused } from './hard-number.ts'
import { createPeakMeter } from './peak-meter.ts'

type Interval = readonly [openMs: number, closeMs?: number]

function placesOf(
  intervals: readonly Interval[],
  numberAt: (atMs: number) => number | undefined,
  fromMs = 0,
) {
  const meter = createPlaceMeter(fromMs, numberAt)
  for (const [openMs, closeMs] of intervals) meter.add({ openMs, closeMs })
  return meter.places()
}

describe('connections at a hard number', () => {
  it('find no place while as many are open as may be, and a refused one takes none', () => {
    const intervals: Interval[] = [
      [0, 10],
      [1, 100],
      [2, 3],
      [9, 90],
      [10, 20],
      [15, 30],
    ]
    // With two places: the third and fourth come while two are open; the fifth when the first has just closed.
    expect(placesOf(intervals, () => 2)).toEqual({ connections: 6, refused: 3, firstMs: 2 })
  })

  it('all find one where there is no number, and none where it is 0', () => {
    expect(placesOf([[0], [1]], () => undefined)).toEqual({ connections: 2, refused: 0, firstMs: undefined })
    expect(placesOf([[0], [1]], () => 0)).toEqual({ connections: 2, refused: 2, firstMs: 0 })
  })

  it('ask at the beginning of the month when they were open before', () => {
    expect(placesOf([[0, 200], [50], [120]], () => 1, 100)).toEqual({
      connections: 3,
      refused: 2,
      firstMs: 100,
    })
  })

  it('stay when the number begins to hold while they are open', () => {
    const numberAt = (atMs: number) => (atMs < 10 ? undefined : 1)
    expect(
      placesOf(
        [
          [0, 30],
          [1, 40],
          [20, 50],
          [35, 60],
          [45, 60],
        ],
        numberAt,
      ),
    ).toEqual({
      connections: 5,
      refused: 2,
      firstMs: 20,
    })
  })

  it('are never refused at the recorded peak, and one of them is at any number below it', () => {
    const interval = fc.tuple(fc.nat(100), fc.integer({ min: 1, max: 50 }))
    fc.assert(
      fc.property(fc.array(interval, { minLength: 1, maxLength: 60 }), drawn => {
        const intervals = drawn.map(([open, length]) => [open, open + length] as const)
        const ordered = intervals.toSorted(([one], [other]) => one - other)
        const meter = createPeakMeter([0, 1000])
        ordered.forEach(([openMs, closeMs], id) =>
          meter.add({ id: `${id}`, app: 'a', platform: 'web', user: undefined, openMs, closeMs }),
        )
        const peak = meter.finish().periods[0]!.peak
        expect(placesOf(ordered, () => peak).refused).toBe(0)
        expect(placesOf(ordered, () => peak - 1).refused).toBeGreaterThan(0)
      }),
    )
  })
})

describe('users at a hard number', () => {
  it('are let in up to it, whoever came first', () => {
    const days = [1500, 0, 1000, 10_000].map(users => ({ users, included: 2000 }))
    expect(usersRefused(days)).toBe(10_500)
  })

  it('are refused only on days on which it holds', () => {
    const days = [
      { users: 3000, included: undefined },
      { users: 5, included: 2000 },
      { users: 7, included: 3002 },
    ]
    expect(usersRefused(days)).toBe(10)
  })
})
