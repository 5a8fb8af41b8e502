import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { addPacked, packedBytes } from './packed-counts.ts'

const most = 0xffffffff
const half = 2 ** 31 - 1
const whole = fc.oneof(
  fc.constantFrom(0, 0, 1, -1, 63, 64, 8191, 8192, 2 ** 29, 2 ** 30, half, -half),
  fc.integer({ min: -300, max: 300 }),
  fc.integer({ min: -half, max: half }),
)
/** Runs and noise. */
const numbers = fc
  .array(fc.tuple(whole, fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 300 }))), { maxLength: 40 })
  .map(runs => runs.flatMap(([value, length]) => Array.from({ length }, () => value)))

describe('packed numbers', () => {
  it('are added exactly, several lists behind each other too', () => {
    fc.assert(
      fc.property(numbers, numbers, fc.nat({ max: 3 }), (one, other, from) => {
        const bytes = Uint8Array.of(...packedBytes(one), ...packedBytes(other))
        const into = new Int32Array(from + one.length + other.length + 1).fill(7)
        const end = addPacked(bytes, 0, { into, from, length: one.length })
        const rest = { into, from: from + one.length, length: other.length }
        expect(addPacked(bytes, end, rest)).toBe(bytes.length)
        const sums = Int32Array.from([...one, ...other], count => count + 7)
        expect(into.subarray(from, into.length - 1)).toEqual(sums)
        expect([...into.subarray(0, from), into.at(-1)].every(count => count === 7)).toBe(true)
      }),
    )
  })

  it('are never larger than five bytes each and six more, however they jump', () => {
    fc.assert(
      fc.property(numbers, list => {
        expect(packedBytes(list).length).toBeLessThanOrEqual(5 * list.length + 6)
      }),
    )
  })

  test.each([0.5, NaN, most + 1, -most - 1])('hold no %s', value => {
    expect(() => packedBytes([value])).toThrow(RangeError)
  })

  it('are not read past their end, nor out of range', () => {
    const bytes = packedBytes([most, -most])
    const add = (from: Uint8Array, length: number, least?: number) => () =>
      addPacked(from, 0, { into: new Int32Array(length), from: 0, length }, least)
    expect(add(bytes, 2)).not.toThrow()
    expect(add(bytes, 3)).toThrow('ends within')
    expect(add(bytes.subarray(0, 7), 2)).toThrow('ends within')
    expect(add(bytes, 2, 0)).toThrow('count 1 is out of range')
    expect(add(Uint8Array.of(...packedBytes([most]), 2), 2)).toThrow('count 1 is out of range')
    expect(add(Uint8Array.of(0, 5), 5)).toThrow('more than 5')
  })
})
