import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { packCounts, unpackCounts } from './pack-counts.ts'

const most = 0xffffffff
const count = fc.oneof(fc.constantFrom(0, 1, 100, most), fc.nat({ max: 300 }), fc.nat({ max: most }))
/** Runs and noise, as traffic has them. */
const counts = fc
  .array(fc.tuple(count, fc.oneof(fc.constant(1), fc.nat({ max: 300 }))), { maxLength: 40 })
  .map(runs => runs.flatMap(([value, length]) => Array.from({ length }, () => value)))

describe('packed counts', () => {
  it('come back exactly', () => {
    fc.assert(
      fc.property(counts, list => {
        expect([...unpackCounts(packCounts(list), list.length)]).toEqual(list)
      }),
    )
  })

  it('are short where neighbours are alike: a steady day takes eight characters or less', () => {
    expect(packCounts(new Uint32Array(8640).fill(50)).length).toBeLessThanOrEqual(8)
  })

  it('have one form: no other text means the same counts', () => {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    fc.assert(
      fc.property(counts, fc.nat(), fc.constantFrom(...letters.split('')), (list, position, letter) => {
        const text = packCounts(list)
        if (text === '') return
        const at = position % text.length
        if (text[at] === letter) return
        const changed = text.slice(0, at) + letter + text.slice(at + 1)
        const back = tryUnpack(changed, list.length)
        if (back) expect([...back]).not.toEqual(list)
      }),
    )
  })

  test.each([
    ['', 1, 'ends within'],
    ['AAE', 1, 'more than 1'],
    ['AAAAAA', 2, 'not the packed form'],
    ['AQ', 1, 'out of range'],
    ['gICAgIAB', 1, 'too long'],
    ['AAA=', 1, 'without padding'],
    ['?', 1, 'not base64url'],
    ['AAAA', 1, 'not the packed form'],
  ])('are refused in any other form: %s', (text, length, why) => {
    expect(() => unpackCounts(text, length)).toThrow(why)
  })

  test.each([-1, 0.5, most + 1, NaN])('hold nothing but counts: not %s', value => {
    expect(() => packCounts([value])).toThrow(RangeError)
  })
})

function tryUnpack(text: string, length: number): Uint32Array | undefined {
  try {
    return unpackCounts(text, length)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
