import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { explainers } from '../src/commands/explain/kinds.ts'
import { runCommand } from './e2e/process.ts'

const page = readFileSync(new URL('../docs/explain.md', import.meta.url), 'utf8')
const examples = [
  ...page.matchAll(
    /```sh\necho '([^']+)' \| npm run -s weir -- explain (\w+)\n```\n\n```json\n([\s\S]*?)```/g,
  ),
].map(([, input = '', kind = '', answer = '']) => ({ kind, input, answer }))

describe('the page about weir explain', () => {
  it('has an example of every kind', () => {
    expect(new Set(examples.map(({ kind }) => kind))).toEqual(new Set(explainers.keys()))
  })

  it.each(examples)('shows what explain $kind really answers', async ({ kind, input, answer }) => {
    const { stdout } = await runCommand(['explain', kind], `${input}\n`)
    expect(JSON.parse(stdout)).toEqual(JSON.parse(answer))
  })
})
