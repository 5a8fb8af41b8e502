import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

import { explainPeak } from '../../src/commands/explain/peak.ts'

interface Row {
  readonly id: string
  readonly input: unknown
  readonly expect: { readonly peak: number; readonly at: number }
}

const rows = JSON.parse(readFileSync(new URL('peak.json', import.meta.url), 'utf8')) as Row[]

test.each(rows)('$id: the peak is the one worked out by hand', ({ input, expect: wanted }) => {
  const { because, ...answer } = explainPeak(input)
  expect(answer).toEqual(wanted)
  expect(because.join(' ')).toContain(`${wanted.peak} are open at once`)
})

test('without a connection that was open the peak is 0, at no instant', () => {
  expect(explainPeak({ connections: [] })).toMatchObject({ peak: 0, at: null })
  expect(explainPeak({ connections: [{ open: 5, close: 5 }] })).toMatchObject({ peak: 0, at: null })
})

test.each([
  [{}, '`connections` is missing; expected a list of connections, such as `[{"open":0,"close":10}]`'],
  [
    { connections: [{ open: 0, close: 1.5 }] },
    '`connections[0].close`: expected a whole number, such as Unix milliseconds; found 1.5',
  ],
  [
    { connections: [{ open: 0 }, { open: 3, close: 2 }] },
    '`connections[1].close`: expected an instant at or after its `open`, 3; found 2',
  ],
  [{ connections: [{ open: 0, closes: 2 }] }, 'unknown key `connections[0].closes`'],
])('a bad line says where and what was expected: %j', (input, message) => {
  expect(() => explainPeak(input)).toThrow(message)
})
