import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { jsonErrorOffset } from '../core/contract/json-places.ts'
import { suggestion } from '../core/contract/nearest-name.ts'
import { InputError } from './explain/input-error.ts'
import { type Explainer, explainers } from './explain/kinds.ts'
import { linesOf } from './explain/lines.ts'

export interface ExplainStreams {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
}

/** A month of ten-second slices takes half of it. */
const MAX_LINE_LENGTH = 16 * 1024 * 1024

/**
 * `weir explain KIND`: reads inputs as JSON lines and answers a line each, in the same order: what was decided
 * and `because`, the steps in plain words; or `error`. Returns the exit status: 1 if any line was bad.
 */
export async function runExplain(kind: string, { stdin, stdout, stderr }: ExplainStreams): Promise<number> {
  const explainer = explainers.get(kind)
  if (explainer === undefined) {
    const hint = suggestion(kind, [...explainers.keys()])
    stderr.write(`weir explain: there is no kind \`${kind}\`${hint}\n`)
    return 1
  }
  const count = { lines: 0, bad: 0 }
  try {
    await pipeline(stdin, chunks => answersTo(chunks, explainer, count), stdout, { end: false })
  } catch (error) {
    // Whoever reads the answers has seen enough, as `head` has.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error
  }
  return count.bad > 0 ? 1 : 0
}

async function* answersTo(
  chunks: AsyncIterable<Uint8Array>,
  explainer: Explainer,
  count: { lines: number; bad: number },
): AsyncGenerator<string> {
  for await (const lines of linesOf(chunks, MAX_LINE_LENGTH)) {
    let answers = ''
    for (const line of lines) {
      const answer = answerTo(line, explainer, ++count.lines)
      if ('error' in answer) count.bad++
      answers += `${JSON.stringify(answer)}\n`
    }
    yield answers
  }
}

function answerTo(line: string | undefined, explainer: Explainer, number: number): object {
  try {
    return explainer(inputOf(line))
  } catch (error) {
    if (error instanceof InputError) return { error: `line ${number}: ${error.message}` }
    throw error
  }
}

/** The line's input: the line itself, or the `input` of a whole row as the worked examples have them. */
function inputOf(line: string | undefined): unknown {
  if (line === undefined) throw new InputError(`longer than ${MAX_LINE_LENGTH} characters`)
  if (line.trim() === '') throw new InputError('expected a JSON object; found an empty line')
  const value = parsed(line)
  return isRow(value) ? value.input : value
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new InputError(`column ${jsonErrorOffset(line) + 1} is where this stops being JSON`)
  }
}

function isRow(value: unknown): value is { readonly input: unknown } {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'input')) return false
  return Object.keys(value).every(key => ['id', 'input', 'expect'].includes(key))
}
