import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SliceGrid } from './slice-grid.ts'
import { type RecordedRun, createSliceSums } from './slice-sums.ts'

const grid: SliceGrid = { startMs: 60_000, seconds: 10, length: 4 }

describe('sums of slices', () => {
  it('hold every record where it begins, of whatever length, and none outside', () => {
    const sums = createSliceSums(grid)
    for (const [sliceMs, valid] of [
      [60_000, 1],
      [65_000, 2],
      [90_000, 4],
      [50_000, 8],
      [100_000, 16],
    ] as const) {
      sums.add(sliceMs, valid, 1)
    }
    const { valid, failed } = sums.counts()
    expect([[...valid], [...failed]]).toEqual([
      [3, 0, 0, 4],
      [2, 0, 0, 1],
    ])
  })

  it('are the same whether slices come one by one or in runs, of any length', () => {
    const length = fc.constantFrom(1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)
    const run = fc.record({
      start: fc.integer({ min: -40, max: 40 }),
      seconds: length,
      valid: fc.array(fc.integer({ min: -3, max: 300 }), { maxLength: 40 }),
    })
    fc.assert(
      fc.property(fc.array(run, { maxLength: 4 }), length, fc.nat({ max: 30 }), (runs, seconds, slices) => {
        const on = { startMs: 86_400_000, seconds, length: slices }
        const recorded = runs.map((each): RecordedRun => ({
          startMs: on.startMs + each.start * each.seconds * 1000,
          seconds: each.seconds,
          valid: each.valid,
          failed: each.valid.map(valid => valid - 1),
        }))
        const [together, alone] = [createSliceSums(on), createSliceSums(on)]
        for (const each of recorded) together.addRun(each)
        for (const { startMs, seconds: own, valid, failed } of recorded.toReversed()) {
          for (const [at, count] of Object.entries(valid)) {
            alone.add(startMs + Number(at) * own * 1000, count, failed[Number(at)]!)
          }
        }
        expect(together.counts()).toEqual(alone.counts())
      }),
    )
  })

  it('are never below zero, and a correction that came first counts once what it corrects is there', () => {
    const [early, whole] = [createSliceSums(grid), createSliceSums(grid)]
    for (const sums of [early, whole]) sums.add(60_000, -1, -1)
    whole.add(60_000, 3, 2)
    expect([...early.counts().valid]).toEqual([0, 0, 0, 0])
    expect([whole.counts().valid[0], whole.counts().failed[0]]).toEqual([2, 1])
  })
})
