import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ProbeVoice, agreed, probedSlices, voiceMs } from './probe-verdicts.ts'
import type { SliceGrid } from './slice-grid.ts'

const NOTHING = 0
const UP = 1
const DOWN = 2
/** Two minutes in slices of ten seconds. */
const grid: SliceGrid = { startMs: 0, seconds: 10, length: 12 }
const EVERY = 10
const every = new Map([['api', EVERY]])

/** A place's results: what it saw at which second. */
function from(place: string, seen: Readonly<Record<number, boolean>>, probe = 'api'): ProbeVoice[] {
  return Object.entries(seen).map(([second, ok]) => ({ probe, place, atMs: Number(second) * 1000, ok }))
}

/** One that asks in every slice and always sees the same. */
const steady = (place: string, ok: boolean) =>
  from(place, Object.fromEntries(Array.from({ length: grid.length }, (_, slice) => [slice * EVERY + 3, ok])))

const all = (verdict: number) => Array.from({ length: grid.length }, () => verdict)
const judged = (results: readonly ProbeVoice[], intervals: ReadonlyMap<string, number> = every) => [
  ...probedSlices(grid, results, intervals),
]

describe('of three places', () => {
  it('one that fails does not decide, two do, and so do three', () => {
    const saw = (...oks: boolean[]) => judged(oks.flatMap((ok, i) => steady(`place-${i}`, ok)))
    expect(saw(true, true, true)).toEqual(all(UP))
    expect(saw(false, true, true)).toEqual(all(UP))
    expect(saw(false, false, true)).toEqual(all(DOWN))
    expect(saw(false, false, false)).toEqual(all(DOWN))
  })

  it('two that fail in turn, never both at once, are not down', () => {
    const one = from('one', { 3: false, 13: true, 23: false, 33: true })
    const other = from('other', { 3: true, 13: false, 23: true, 33: false })
    expect(judged([...one, ...other, ...steady('third', true)])).toEqual(all(UP))
  })

  it('a silent one loses its voice two intervals after it last asked, and the others must agree', () => {
    const silent = from('silent', { 3: false })
    const results = [...silent, ...steady('one', false), ...steady('other', true)]
    // Asked at second 3, so it speaks until 23: of the slice that begins at 20, and not of the one at 30.
    expect(judged(results)).toEqual([DOWN, DOWN, DOWN, ...all(UP).slice(3)])
  })
})

describe('fewer places', () => {
  it('both of two must agree', () => {
    expect(judged([...steady('one', false), ...steady('other', true)])).toEqual(all(UP))
    expect(judged([...steady('one', false), ...steady('other', false)])).toEqual(all(DOWN))
  })

  it('a single one decides alone, as long as it speaks', () => {
    expect(judged(from('only', { 0: false, 35: true }))).toEqual([
      DOWN,
      DOWN,
      NOTHING,
      UP,
      UP,
      UP,
      ...all(NOTHING).slice(6),
    ])
  })
})

describe('a result', () => {
  it('says nothing of slices that ended before it was sent', () => {
    expect(judged(from('only', { 60: false })).slice(0, 7)).toEqual([...all(NOTHING).slice(0, 6), DOWN])
  })

  it('sent before the first slice still speaks there', () => {
    const before = [{ probe: 'api', place: 'only', atMs: -5000, ok: false }]
    expect(judged(before)).toEqual([DOWN, DOWN, ...all(NOTHING).slice(2)])
  })

  it('of a probe that the contract does not name counts for nothing', () => {
    expect(judged(steady('only', false), new Map([['other', 10]]))).toEqual(all(NOTHING))
  })

  it('of one probe that is down outweighs another that is up', () => {
    const results = [...steady('one', true), ...from('one', { 0: false }, 'login')]
    const both = new Map([...every, ['login', 30]])
    expect(judged(results, both)).toEqual([...all(DOWN).slice(0, 6), ...all(UP).slice(6)])
  })

  it('no results say nothing, and nobody agrees on nothing', () => {
    expect(judged([])).toEqual(all(NOTHING))
    expect(agreed([])).toBeUndefined()
  })
})

const places = ['a', 'b', 'c'] as const
const result = fc.record({
  probe: fc.constantFrom('api', 'login', 'gone'),
  place: fc.constantFrom(...places),
  atMs: fc.integer({ min: -60_000, max: 130_000 }),
  ok: fc.boolean(),
})
/** As the store keeps them: one for each probe, place and instant. */
const results = fc.uniqueArray(result, {
  maxLength: 60,
  selector: ({ probe, place, atMs }) => `${probe} ${place} ${atMs}`,
})
const intervals = fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 })).map(
  ([api, login]) =>
    new Map([
      ['api', api],
      ['login', login],
    ]),
)

describe('whatever three places saw', () => {
  it('the order in which it was told makes no difference', () => {
    const shuffled = results.chain(list =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    )
    fc.assert(
      fc.property(shuffled, intervals, ([told, retold], seconds) => {
        expect(judged(retold, seconds)).toEqual(judged(told, seconds))
      }),
    )
  })

  it('each slice is as the slow way says', () => {
    fc.assert(
      fc.property(results, intervals, (list, seconds) => {
        expect(judged(list, seconds)).toEqual(slowly(list, seconds))
      }),
    )
  })

  it('a place that fails all the time is never enough beside two that are well and speak', () => {
    const noise = results.map(list => list.filter(({ place }) => place === 'a'))
    fc.assert(
      fc.property(noise, list => {
        const others = [...steady('b', true), ...steady('c', true)]
        const api = list.filter(({ probe }) => probe === 'api')
        expect(judged([...api, ...steady('a', false), ...others])).toEqual(all(UP))
      }),
    )
  })

  it('one more failure never makes a slice better', () => {
    fc.assert(
      fc.property(results, intervals, fc.nat(), (list, seconds, which) => {
        fc.pre(list.length > 0)
        const worse = list.map((each, i) => (i === which % list.length ? { ...each, ok: false } : each))
        const [before, after] = [judged(list, seconds), judged(worse, seconds)]
        for (const [slice, verdict] of after.entries()) expect(verdict).toBeGreaterThanOrEqual(before[slice]!)
      }),
    )
  })
})

/** Each slice by itself: who spoke last, who still speaks, and how many of them failed. */
function slowly(list: readonly ProbeVoice[], seconds: ReadonlyMap<string, number>): number[] {
  return Array.from({ length: grid.length }, (_, slice) => {
    const [startMs, endMs] = [slice * 10_000, (slice + 1) * 10_000]
    const verdicts = [...seconds].map(([probe, interval]) => {
      const voices = places
        .map(place =>
          list
            .filter(each => each.probe === probe && each.place === place && each.atMs < endMs)
            .toSorted((x, y) => y.atMs - x.atMs)
            .at(0),
        )
        .filter(voice => voice !== undefined && voice.atMs + voiceMs(interval) > startMs)
      const failed = voices.filter(voice => !voice!.ok).length
      if (voices.length === 0) return NOTHING
      return failed > voices.length - failed ? DOWN : UP
    })
    return Math.max(...verdicts)
  })
}
