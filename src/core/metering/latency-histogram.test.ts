import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import {
  addHistograms,
  emptyHistogram,
  histogramOf,
  LATENCY_BOUNDS_MS,
  latencyBucket,
  latencyQuantile,
} from './latency-histogram.ts'

const latencies = fc.array(fc.double({ min: 0.001, max: 100_000, noNaN: true }), { maxLength: 60 })

test('a latency at a bound is in its bucket, one beyond it in the next', () => {
  for (const [bucket, bound] of LATENCY_BOUNDS_MS.entries()) {
    expect(latencyBucket(bound)).toBe(bucket)
    expect(latencyBucket(bound + 0.001)).toBe(bucket + 1)
  }
  expect(latencyBucket(-5)).toBe(0)
})

test('neighbouring bounds are no further apart than what is documented', () => {
  for (const [index, bound] of LATENCY_BOUNDS_MS.slice(1).entries()) {
    const below = LATENCY_BOUNDS_MS[index]!
    expect(bound / below).toBeLessThanOrEqual(below >= 3 && bound <= 15_000 ? 5 / 3 : 2)
  }
})

test('the true quantile lies within the bounds that are given for it', () => {
  fc.assert(
    fc.property(latencies, fc.integer({ min: 0, max: 1_000 }), (list, perMille) => {
      const found = latencyQuantile(histogramOf(list), perMille)
      const rank = Math.max(1, Math.ceil((list.length * perMille) / 1_000))
      const exact = list.toSorted((a, b) => a - b)[rank - 1]
      expect(found === undefined).toBe(exact === undefined)
      if (found === undefined || exact === undefined) return
      expect(exact).toBeGreaterThan(found.moreThanMs)
      expect(exact).toBeLessThanOrEqual(found.atMostMs)
    }),
  )
})

test('adding histograms is as counting all at once, in any order, and nothing added changes nothing', () => {
  fc.assert(
    fc.property(latencies, latencies, (one, other) => {
      const added = addHistograms(histogramOf(one), histogramOf(other))
      expect(added).toEqual(histogramOf([...one, ...other]))
      expect(added).toEqual(addHistograms(histogramOf(other), histogramOf(one)))
      expect(addHistograms(added, emptyHistogram())).toEqual(added)
    }),
  )
})
