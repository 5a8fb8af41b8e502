import { z } from '@hono/zod-openapi'
import { nearestName, suggestion } from '../../core/contract/nearest-name.ts'
import { enumerated } from '../../core/contract/plain-words.ts'

/** A mistake in a query or a body: where, and what was expected there. */
export interface Mistake {
  /** `billing.email`; empty: the whole. */
  readonly path: string
  readonly message: string
}

/** What a shape finds wrong with a value, in sentences. What a shape itself says about a value stays as it is. */
export async function mistakesIn(shape: z.ZodType, value: unknown): Promise<Mistake[]> {
  const result = await shape.safeParseAsync(value, { error: wordsFor })
  return result.success ? [] : result.error.issues.flatMap(issue => mistakesOf([], issue))
}

type Path = readonly PropertyKey[]

function mistakesOf(prefix: Path, issue: z.core.$ZodIssue): Mistake[] {
  const path = [...prefix, ...issue.path]
  if (issue.code === 'unrecognized_keys') {
    const known = issue.message.split(' ')
    return issue.keys.map(key => {
      const hint = suggestion(key, known)
      return mistake([...path, key], `Is not known here${hint}${hint.endsWith('?') ? '' : '.'}`)
    })
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // The branch that was meant has the value's own type: its mistakes lie further in.
    const meant = issue.errors.find(branch => branch.every(each => each.path.length > 0))
    if (meant) return meant.flatMap(each => mistakesOf(path, each))
    const messages = issue.errors.flatMap(branch => branch.map(({ message }) => message))
    return [mistake(path, [...new Set(messages)].join(' Or: '))]
  }
  return [mistake(path, issue.message)]
}

function mistake(path: Path, message: string): Mistake {
  return { path: path.map(String).join('.'), message }
}

/** For what a shape has no words of its own. Of unknown keys: the known ones, for `mistakesOf`. */
function wordsFor(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return wrong(KINDS[issue.expected] ?? issue.expected, issue.input)
    case 'invalid_value':
      return wrongWord(issue.values.map(String), issue.input)
    case 'unrecognized_keys':
      return knownKeys(issue.inst).join(' ')
    case 'too_small':
      return bound('least', issue.origin, issue.minimum, issue.inclusive ?? true)
    case 'too_big':
      return bound('most', issue.origin, issue.maximum, issue.inclusive ?? true)
    case 'invalid_format':
      return `Expected ${FORMATS[issue.format] ?? 'it to be written another way'}.`
    case 'invalid_union':
      return wrongWord(Array.isArray(issue.options) ? issue.options.map(String) : [], wordOf(issue))
    case 'invalid_key':
    case 'invalid_element':
    case 'not_multiple_of':
    case 'custom':
    default:
      return 'Is not what is expected here; the route is described at /api/docs.'
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: '`true` or `false`',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  null: '`null`',
}

/** Formats without words of their own where they are used. */
const FORMATS: Readonly<Record<string, string>> = { date: 'a date such as 2026-11-01' }

function wrong(expected: string, input: unknown): string {
  if (input === undefined) return `Is missing; expected ${expected}.`
  return `Expected ${expected}; found ${kindOf(input)}.`
}

/** Text is not repeated where any may stand: it may be a secret in the wrong place. */
function kindOf(input: unknown): string {
  if (input === null) return '`null`'
  if (Array.isArray(input)) return 'a list'
  if (typeof input === 'string') return input === '' ? 'empty text' : 'text'
  return typeof input === 'number' || typeof input === 'boolean' ? String(input) : 'an object'
}

function wrongWord(words: readonly string[], input: unknown): string {
  const expected = enumerated(
    words.map(word => `\`${word}\``),
    'or',
  )
  if (typeof input !== 'string') return wrong(expected, input)
  const near = nearestName(input, words)
  const hint = near === undefined ? '.' : `; did you mean \`${near}\`?`
  return `Expected ${expected}; found ${JSON.stringify(input.slice(0, LONGEST_SHOWN))}${hint}`
}

const LONGEST_SHOWN = 60

/** The word by which the branches of a union are told apart. */
function wordOf({ input, discriminator }: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): unknown {
  if (typeof input !== 'object' || input === null || discriminator === undefined) return undefined
  return (input as Readonly<Record<string, unknown>>)[discriminator]
}

const COUNTED: Readonly<Record<string, string>> = { string: 'characters', array: 'entries' }

function bound(end: 'least' | 'most', origin: string, limit: number | bigint, inclusive: boolean): string {
  const unit = COUNTED[origin]
  if (unit !== undefined) return `Must have at ${end} ${limit} ${unit}.`
  if (inclusive) return `Must be at ${end} ${limit}.`
  return `Must be ${end === 'least' ? 'more' : 'less'} than ${limit}.`
}

function knownKeys(shape: unknown): string[] {
  return shape instanceof z.ZodObject ? Object.keys(shape.shape) : []
}
