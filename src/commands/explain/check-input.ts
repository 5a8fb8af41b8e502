import type * as z from 'zod'

import { InputError } from './input-error.ts'

/**
 * Input of the shape, or an InputError that says where the first mistake is, what was expected and what was found.
 * A shape's messages are the phrases that follow "expected"; for unknown keys they do not matter.
 */
export function checkInput<Shape extends z.ZodType>(shape: Shape, input: unknown): z.infer<Shape> {
  const result = shape.safeParse(input)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new InputError(issue === undefined ? 'expected another input' : issueWords(issue, [], input))
}

function issueWords(issue: z.core.$ZodIssue, prefix: readonly PropertyKey[], input: unknown): string {
  const path = [...prefix, ...issue.path]
  if (issue.code === 'invalid_union') {
    // A branch that fails inside of the value was the one that was meant.
    const meant = issue.errors.find(([first]) => first !== undefined && isInside(first))?.[0]
    if (meant !== undefined) return issueWords(meant, path, input)
  }
  if (issue.code === 'unrecognized_keys') {
    return `unknown key \`${shownPath([...path, issue.keys[0] ?? ''])}\``
  }
  const found = valueAt(input, path)
  if (found === undefined && path.length > 0)
    return `\`${shownPath(path)}\` is missing; expected ${issue.message}`
  const place = path.length === 0 ? 'the line' : `\`${shownPath(path)}\``
  return `${place}: expected ${issue.message}; found ${shown(found)}`
}

function isInside(issue: z.core.$ZodIssue): boolean {
  return issue.path.length > 0 || issue.code === 'unrecognized_keys'
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    input,
  )
}

/** `connections[0].open` */
function shownPath(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`,
    )
    .join('')
}

const SHOWN_CHARACTERS = 60

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
}
