import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { linesOf } from './lines.ts'

async function linesFrom(bytes: Uint8Array, cuts: readonly number[], maxLength = 1000) {
  async function* chunks() {
    const places = [0, ...cuts.map(cut => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
    for (const [index, from] of places.slice(0, -1).entries()) yield bytes.subarray(from, places[index + 1])
  }
  const lines: (string | undefined)[] = []
  for await (const some of linesOf(chunks(), maxLength)) lines.push(...some)
  return lines
}

const utf8 = (text: string) => new TextEncoder().encode(text)

describe('lines', () => {
  const line = fc
    .string({ unit: 'binary' })
    .filter(text => !text.includes('\n') && !text.startsWith('\uFEFF'))

  it('come whole and in order, wherever the stream was cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1 }), fc.array(fc.nat()), async (lines, cuts) => {
        expect(await linesFrom(utf8(lines.map(each => `${each}\n`).join('')), cuts)).toEqual(lines)
      }),
    )
  })

  it('need no end at the last one', async () => {
    expect(await linesFrom(utf8('a\nb'), [])).toEqual(['a', 'b'])
    expect(await linesFrom(utf8('a\n\nb\n'), [2])).toEqual(['a', '', 'b'])
    expect(await linesFrom(utf8(''), [])).toEqual([])
  })

  it('that are too long are left out, and those around them are not', async () => {
    const text = utf8(`${'x'.repeat(10)}\n${'y'.repeat(31)}\nshort\n${'z'.repeat(99)}`)
    for (const cuts of [[], [5, 15, 25, 35], Array.from({ length: 140 }, (_, at) => at)]) {
      expect(await linesFrom(text, cuts, 10)).toEqual(['x'.repeat(10), undefined, 'short', undefined])
    }
  })
})
