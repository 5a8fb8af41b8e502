import { type Break, shortened, shown } from './break.ts'
import { type JsonObject, canonicalJson } from './canonical-json.ts'

/** SHA-256; whoever calls brings it: this room has no cryptography of its own. */
export type Hash = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array | Promise<Uint8Array>

/** What stands before the first record of all: 32 bytes of nothing, in hex. */
export const NO_HEAD = '0'.repeat(64)

export interface Chain {
  /** Each record with `previous` and its own `hash`, as canonical JSON. */
  readonly lines: readonly string[]
  /** The last record's hash: who knows it knows all of them. */
  readonly head: string
}

/** Ties records to each other: each names the hash of the one before, and has the hash of all of itself. */
export async function chain(records: readonly JsonObject[], previous: string, hash: Hash): Promise<Chain> {
  const lines: string[] = []
  let head = previous
  for (const record of records) {
    const linked = { ...record, previous: head }
    head = await hashOf(linked, hash)
    lines.push(canonicalJson({ ...linked, hash: head }))
  }
  return { lines, head }
}

/** SHA-256 over a value's canonical JSON, in hex. */
export async function hashOf(value: JsonObject, hash: Hash): Promise<string> {
  return (await hash(new TextEncoder().encode(canonicalJson(value)))).toHex()
}

/** A line, read; `value` is undefined when it is no canonical JSON object. */
export interface ReadLine {
  readonly value: JsonObject | undefined
  readonly broken: Break | undefined
}

/** Reads a line, which has to be the one text that its value has. */
export function readLine(text: string, line: number): ReadLine {
  const broken = (expected: string): ReadLine => ({
    value: undefined,
    broken: { line, field: 'the line', expected, found: shortened(text) },
  })
  let canonical: string
  let value: unknown
  try {
    value = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return broken('a JSON object')
    canonical = canonicalJson(value as JsonObject)
  } catch (error) {
    if (error instanceof SyntaxError) return broken('JSON')
    // Numbers, strings and depths that have no canonical text.
    if (error instanceof RangeError) return broken('JSON as RFC 8785 writes it')
    throw error
  }
  if (canonical === text) return { value: value as JsonObject, broken: undefined }
  const { expected, found } = firstDifference(canonical, text)
  return { value: value as JsonObject, broken: { line, field: 'the line', expected, found } }
}

/** Every record whose hash, or whose name for the one before, is not what it has to be. */
export async function chainBreaks(records: readonly JsonObject[], hash: Hash): Promise<Break[]> {
  const breaks: Break[] = []
  let head: string | undefined
  for (const [index, { hash: found, ...record }] of records.entries()) {
    const line = index + 1
    const { previous } = record
    if (head !== undefined && previous !== head) {
      breaks.push({ line, field: 'previous', expected: head, found: shown(previous) })
    }
    const expected = await hashOf(record, hash)
    if (found !== expected) breaks.push({ line, field: 'hash', expected, found: shown(found) })
    head = typeof found === 'string' ? found : expected
  }
  return breaks
}

function firstDifference(expected: string, found: string): { expected: string; found: string } {
  let at = 0
  while (at < expected.length && expected[at] === found[at]) at++
  const near = (text: string) => `${shortened(text.slice(Math.max(0, at - 20), at + 20))} (column ${at + 1})`
  return { expected: near(expected), found: near(found) }
}
