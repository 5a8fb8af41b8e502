import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

import { explainDue } from '../../src/commands/explain/due.ts'

interface Row {
  readonly id: string
  readonly input: unknown
  readonly expect: { readonly dueAt: string }
}

const rows = JSON.parse(readFileSync(new URL('due.json', import.meta.url), 'utf8')) as Row[]

test.each(rows)('$id: the due time is the one worked out by hand', ({ input, expect: wanted }) => {
  const { because, ...answer } = explainDue(input)
  expect(answer).toEqual(wanted)
  expect(because.at(-1)).toContain(wanted.dueAt)
})
