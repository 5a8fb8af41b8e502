import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type SlicesToJudge, deciders, downSpans, judgeSlices, verdictOf } from './judge-slices.ts'
import { coveredBy, gridOver, touchedBy } from './slice-grid.ts'
import { judgeSlice } from './slice-rule.ts'

const rule = { sliceSeconds: 10, errorPercent: '5', minRequests: 10, minFailed: 2 }

/** Slices of ten seconds from 0 on, as `[valid, failed]`; what is not said is nothing. */
function slices(
  own: readonly (readonly [number, number])[],
  more: Partial<SlicesToJudge> = {},
): SlicesToJudge {
  const { length } = own
  const counts = (list: readonly (readonly [number, number])[]) => ({
    valid: Uint32Array.from(list, ([valid]) => valid),
    failed: Uint32Array.from(list, ([, failed]) => failed),
  })
  const none = new Uint8Array(length)
  return {
    rule,
    grid: { startMs: 0, seconds: 10, length },
    lead: 0,
    own: counts(own),
    allApps: counts(own.map(() => [0, 0])),
    silent: none,
    unmeasured: none,
    excluded: none,
    probed: none,
    ...more,
  }
}

const words = (facts: SlicesToJudge) =>
  [...judgeSlices(facts)].map(byte => {
    const { decider, state } = verdictOf(byte)
    return `${state} by ${decider}`
  })
const allApps = (...list: [number, number][]) => ({
  valid: Uint32Array.from(list, ([valid]) => valid),
  failed: Uint32Array.from(list, ([, failed]) => failed),
})

describe('a slice is decided', () => {
  it('by its own requests, if they are enough', () => {
    const others = {
      allApps: allApps([100, 100], [100, 0]),
      silent: Uint8Array.of(1, 1),
      probed: Uint8Array.of(2, 1),
    }
    expect(
      words(
        slices(
          [
            [10, 0],
            [10, 10],
          ],
          others,
        ),
      ),
    ).toEqual(['up by app', 'down by app'])
  })

  it('else by it and the slices before it, as few of them as are enough', () => {
    // 4 + 4 + 4 of which 12 failed; then the first whole run that is up again.
    const own: [number, number][] = [
      [4, 0],
      [4, 0],
      [4, 0],
      [4, 4],
      [4, 4],
      [4, 4],
      [4, 0],
      [4, 0],
      [4, 0],
    ]
    expect(words(slices(own)).map(word => word.split(' ')[0])).toEqual([
      'idle',
      'idle',
      'up',
      'down',
      'down',
      'down',
      'down',
      'down',
      'up',
    ])
  })

  it('not by a slice that is enough by itself, nor by anything before it', () => {
    expect(
      words(
        slices([
          [5, 5],
          [10, 0],
          [9, 9],
        ]),
      ).at(-1),
    ).toBe('idle by nobody')
  })

  it('not by what lies more than five minutes back', () => {
    const quiet = (length: number) => Array.from({ length }, (): [number, number] => [0, 0])
    expect(words(slices([[9, 9], ...quiet(28), [1, 1]])).at(-1)).toBe('down by adjoining')
    expect(words(slices([[9, 9], ...quiet(29), [1, 1]])).at(-1)).toBe('idle by nobody')
  })

  it('by all that lies within them, also once older slices have gone by', () => {
    const own: [number, number][] = Array.from({ length: 33 }, () => [0, 0])
    own[2] = own[30] = [5, 5]
    expect(words(slices(own)).slice(29)).toEqual([
      'idle by nobody',
      'down by adjoining',
      'down by adjoining',
      'idle by nobody',
    ])
  })

  it('past slices that are excluded or unmeasured, which count in no sum', () => {
    const own: [number, number][] = [
      [8, 0],
      [9, 9],
      [9, 9],
      [2, 0],
    ]
    const skipped = { excluded: Uint8Array.of(0, 1, 0, 0), unmeasured: Uint8Array.of(0, 0, 1, 0) }
    expect(words(slices(own, skipped)).at(-1)).toBe('up by adjoining')
  })

  it('else by all apps, else by a probe, else it is idle', () => {
    const few: [number, number][] = [
      [1, 1],
      [1, 1],
      [1, 1],
      [1, 0],
      [1, 0],
    ]
    const facts = {
      allApps: allApps([50, 50], [9, 9], [9, 9], [9, 9], [50, 0]),
      probed: Uint8Array.of(1, 2, 1, 0, 2),
    }
    expect(words(slices(few, facts))).toEqual([
      'down by all-apps',
      'down by probe',
      'up by probe',
      'idle by nobody',
      'up by all-apps',
    ])
  })

  it('by the nodes where none was there and nothing arrived, whatever the minutes before were like', () => {
    const own: [number, number][] = [
      [9, 0],
      [0, 0],
      [1, 0],
    ]
    expect(words(slices(own, { silent: Uint8Array.of(0, 1, 1) }))).toEqual([
      'idle by nobody',
      'down by nodes',
      'up by adjoining',
    ])
  })

  it('not by the nodes where a request of any app arrived: whoever took it was there', () => {
    const own: [number, number][] = [
      [0, 0],
      [0, 0],
      [0, 0],
    ]
    const facts = { silent: Uint8Array.of(1, 1, 1), allApps: allApps([1, 0], [0, 0], [50, 50]) }
    expect(words(slices(own, facts))).toEqual(['idle by nobody', 'down by nodes', 'down by all-apps'])
  })

  it('never by its own requests where records are missing: by others, else down', () => {
    const own: [number, number][] = [
      [100, 0],
      [100, 100],
      [100, 0],
    ]
    const unmeasured = Uint8Array.of(1, 1, 1)
    expect(words(slices(own, { unmeasured, allApps: allApps([0, 0], [50, 0], [50, 50]) }))).toEqual([
      'down by nobody',
      'up by all-apps',
      'down by all-apps',
    ])
  })
})

describe('any slices', () => {
  const counts = fc.array(
    fc
      .tuple(fc.nat({ max: 14 }), fc.nat({ max: 14 }))
      .map(([a, b]): [number, number] => [Math.max(a, b), Math.min(a, b)]),
    { minLength: 1, maxLength: 60 },
  )
  const flags = fc.array(fc.constantFrom(0, 0, 0, 1), { minLength: 60, maxLength: 60 })

  it('are judged as the design says, word for word', () => {
    fc.assert(
      fc.property(
        counts,
        counts,
        flags,
        flags,
        flags,
        fc.array(fc.constantFrom(0, 0, 1, 2), { minLength: 60, maxLength: 60 }),
        (own, all, silent, unmeasured, excluded, probed) => {
          const { length } = own
          const padded = [...all, ...own.map((): [number, number] => [0, 0])].slice(0, length)
          const flag = (list: readonly number[]) => Uint8Array.from(list.slice(0, length))
          const facts = slices(own, {
            allApps: allApps(...padded),
            silent: flag(silent),
            unmeasured: flag(unmeasured),
            excluded: flag(excluded),
            probed: flag(probed),
          })
          expect(words(facts)).toEqual(own.map((_, slice) => slowly(facts, slice)))
        },
      ),
    )
  })

  it('that are cut in two with five minutes of lead are judged as in one piece', () => {
    fc.assert(
      fc.property(counts, fc.nat({ max: 59 }), (own, cut) => {
        const whole = judgeSlices(slices(own))
        const at = Math.min(cut, own.length - 1)
        const lead = Math.min(at, 30)
        const second = judgeSlices(slices(own.slice(at - lead), { lead }))
        expect(second).toEqual(whole.slice(at))
      }),
    )
  })
})

/** The rule once more, with no thought for speed. */
function slowly(facts: SlicesToJudge, slice: number): string {
  const own = (at: number) => ({ valid: facts.own.valid[at]!, failed: facts.own.failed[at]! })
  const all = judgeSlice(rule, { valid: facts.allApps.valid[slice]!, failed: facts.allApps.failed[slice]! })
  const others = () => {
    if (all !== 'too-few') return `${all} by all-apps`
    return [undefined, 'up by probe', 'down by probe'][facts.probed[slice]!]
  }
  if (facts.unmeasured[slice]) return others() ?? 'down by nobody'
  const alone = judgeSlice(rule, own(slice))
  if (alone !== 'too-few') return `${alone} by app`
  if (facts.silent[slice] && own(slice).valid === 0 && facts.allApps.valid[slice] === 0)
    return 'down by nodes'
  const adjoining = Array.from({ length: 30 }, (_, back) => slice - back).filter(
    at => at === slice || (at >= 0 && !facts.excluded[at] && !facts.unmeasured[at]),
  )
  const full = adjoining.findIndex(at => own(at).valid >= rule.minRequests)
  const small = full < 0 ? adjoining : adjoining.slice(0, full)
  for (let many = 1; many <= small.length; many++) {
    const sum = (key: 'valid' | 'failed') =>
      small.slice(0, many).reduce((total, at) => total + own(at)[key], 0)
    const verdict = judgeSlice(rule, { valid: sum('valid'), failed: sum('failed') })
    if (verdict !== 'too-few') return `${verdict} by adjoining`
  }
  return others() ?? 'idle by nobody'
}

describe('a grid of slices', () => {
  const grid = gridOver({ startMs: 60_000, endMs: 100_000 }, 10)

  it('begins with the slice that holds its first instant, and holds its last', () => {
    expect(gridOver({ startMs: 61_000, endMs: 71_000 }, 10)).toEqual({
      startMs: 60_000,
      seconds: 10,
      length: 2,
    })
    expect(grid.length).toBe(4)
  })

  it('tells slices that a span touches from those it covers', () => {
    const spans = [{ startMs: 69_999, endMs: 80_001 }]
    expect([...touchedBy(grid, spans)]).toEqual([1, 1, 1, 0])
    expect([...coveredBy(grid, spans)]).toEqual([0, 1, 0, 0])
    expect([
      ...touchedBy(grid, [
        { startMs: 0, endMs: 1e9 },
        { startMs: 70_000, endMs: 70_000 },
      ]),
    ]).toEqual([1, 1, 1, 1])
  })

  it('joins slices that are down to spans', () => {
    const down = 8 + deciders.indexOf('app')
    expect(downSpans(grid, Uint8Array.of(down, down, 0, down))).toEqual([
      { startMs: 60_000, endMs: 80_000 },
      { startMs: 90_000, endMs: 100_000 },
    ])
  })
})
