import * as z from 'zod'

/**
 * The smallest parts of the contract's shape. The `error` of each is the phrase that follows "expected" in a
 * mistake, so that every mistake reads alike; shape-mistakes.ts adds the place and what was found.
 */
const MAX_WHOLE = 2_147_483_647

export const NAME = /^[A-Za-z][A-Za-z0-9._-]*$/
const NAME_PHRASE = 'a name: a letter, then letters, digits, `.`, `_` or `-`'

export function name() {
  return z.string({ error: NAME_PHRASE }).max(200, { error: NAME_PHRASE }).regex(NAME, { error: NAME_PHRASE })
}

export function text(phrase = 'text') {
  return z.string({ error: phrase }).regex(/\S/, { error: phrase })
}

export function pattern(regex: RegExp, phrase: string) {
  return z.string({ error: phrase }).regex(regex, { error: phrase })
}

export function whole(min: number, max = MAX_WHOLE, unit = '') {
  const error = `a whole number${unit === '' ? '' : ` of ${unit}`} from ${min} to ${max}`
  return z.int({ error }).min(min, { error }).max(max, { error })
}

export function oneOf<const T extends readonly [string, ...string[]]>(...values: T) {
  return z.enum(values, { error: listed(values) })
}

/** `a`, `b` or `c` */
function listed(values: readonly string[]): string {
  const quoted = values.map(value => `\`${value}\``)
  if (quoted.length < 2) return quoted.join('')
  return `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1) ?? ''}`
}

export function list<T extends z.ZodType>(item: T, phrase: string) {
  return z.array(item, { error: phrase }).min(1, { error: phrase })
}

/** A map with known keys only. For an unknown key the message is the known ones, separated by spaces. */
export function map<T extends z.ZodRawShape>(shape: T, phrase = 'a map') {
  return z.strictObject(shape, {
    error: issue => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : phrase),
  })
}

/** A map whose keys are names that the contract itself gives. */
export function named<T extends z.ZodType>(value: T, phrase: string) {
  return z.record(name(), value, { error: phrase })
}

/** Fifteen digits before the point and twelve after hold any price; more is a slip of the hand. */
export function amount() {
  return pattern(/^\d{1,15}(\.\d{1,12})?$/, 'an amount in quotes, not negative, such as `"99.00"`')
}

export function percent() {
  return pattern(
    /^(100(\.0{1,12})?|\d{1,2}(\.\d{1,12})?)$/,
    'a percentage in quotes, from `"0"` to `"100"`, such as `"99.95"`',
  )
}

/** RFC 9110 token */
export function headerName() {
  return pattern(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'a header name, such as `x-api-key`')
}

export function queryName() {
  return pattern(
    /^[A-Za-z0-9._~-]{1,100}$/,
    'a query parameter name of letters, digits, `_`, `-`, `.` or `~`',
  )
}

export function httpUrl() {
  return pattern(
    /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/,
    'an http or https URL without user, query or fragment',
  )
}
