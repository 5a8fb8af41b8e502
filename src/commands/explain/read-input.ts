import type * as z from 'zod'
import { shapeFindings } from '../../core/contract/shape-mistakes.ts'
import { InputError } from './input-error.ts'
import { jsonTree } from './json-tree.ts'

/**
 * The input as its shape reads it. Throws an InputError that names every mistake with its place, what was
 * expected and what was found.
 */
export function readInput<T extends z.ZodType>(shape: T, input: unknown): z.output<T> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new InputError(`expected a JSON object; found ${found(input)}`)
  }
  const result = shape.safeParse(input)
  if (result.success) return result.data
  const findings = shapeFindings(jsonTree(input), result.error.issues)
  throw new InputError(shortened(findings.map(({ message }) => message)))
}

/** A line with thousands of mistakes is wrong in one way; the first few say it. */
function shortened(messages: readonly string[], most = 5): string {
  const more = messages.length - most
  const shown = messages.slice(0, most).join('; ')
  return more > 0 ? `${shown}; and ${more} more` : shown
}

function found(input: unknown): string {
  if (input === null) return 'null'
  if (Array.isArray(input)) return 'a list'
  return typeof input === 'string' ? 'text' : `a ${typeof input}`
}
