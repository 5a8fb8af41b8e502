import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Span, intersection, lengthMs, subtraction, union } from './span.ts'

const spans = fc.array(
  fc
    .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }))
    .map(([startMs, endMs]) => ({ startMs, endMs })),
  { maxLength: 8 },
)

/** The slow way: which of the first sixty instants a list of spans covers. */
function instants(list: readonly Span[]): Set<number> {
  const covered = new Set<number>()
  for (const { startMs, endMs } of list) for (let at = startMs; at < endMs; at++) covered.add(at)
  return covered
}

function isTidy(list: readonly Span[]): boolean {
  return list.every(({ startMs, endMs }, i) => startMs < endMs && startMs > (list[i - 1]?.endMs ?? -1))
}

describe('spans', () => {
  it('join, overlap and subtract as the sets of their instants do', () => {
    fc.assert(
      fc.property(spans, spans, (a, b) => {
        const [inA, inB] = [instants(a), instants(b)]
        expect(instants(union([...a, ...b]))).toEqual(new Set([...inA, ...inB].toSorted((x, y) => x - y)))
        expect(instants(intersection(a, b))).toEqual(inA.intersection(inB))
        expect(instants(subtraction(a, b))).toEqual(inA.difference(inB))
        expect(lengthMs(a)).toBe(inA.size)
        for (const list of [union(a), intersection(a, b), subtraction(a, b)]) expect(isTidy(list)).toBe(true)
      }),
    )
  })

  it('hold their start and not their end, so those that only touch share nothing', () => {
    const [first, second] = [
      { startMs: 0, endMs: 10 },
      { startMs: 10, endMs: 20 },
    ]
    expect(intersection([first], [second])).toEqual([])
    expect(union([second, first])).toEqual([{ startMs: 0, endMs: 20 }])
  })
})
