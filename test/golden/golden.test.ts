import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { runCommand } from '../e2e/process.ts'

interface Row {
  readonly id: string
  readonly input: object
  readonly expect: object
}

const kinds = readdirSync(import.meta.dirname)
  .filter(name => name.endsWith('.json'))
  .map(name => name.replace('.json', ''))

/** The worked examples, through the real command: each as its input alone, and then as a whole row. */
describe.each(kinds)('weir explain %s', kind => {
  const rows: Row[] = JSON.parse(readFileSync(new URL(`${kind}.json`, import.meta.url), 'utf8'))
  const lines = [...rows.map(({ input }) => input), ...rows]

  it('answers every worked example as it was worked by hand, and says why', async () => {
    const sent = lines.map(line => `${JSON.stringify(line)}\n`).join('')
    const { status, stdout, stderr } = await runCommand(['explain', kind], sent)
    const answers = stdout.trimEnd().split('\n').map(parsed)
    const wanted = rows.map(({ id, expect: fields }) => ({ id, ...fields, because: expect.any(Array) }))
    expect(answers.map((answer, i) => ({ id: rows[i % rows.length]?.id, ...answer }))).toEqual([...wanted, ...wanted])
    for (const { because } of answers) {
      expect(because.length).toBeGreaterThan(0)
      expect(because.every(step => /\S/.test(step))).toBe(true)
    }
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })
})

function parsed(line: string): { because: string[] } {
  return JSON.parse(line)
}
