import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml'

import { jsonErrorOffset, jsonKeyOffset } from './json-places.ts'

/** A JSON or YAML document of someone else's, with the places of its keys for mistakes. */
export type DocumentText =
  | {
      readonly ok: true
      readonly root: unknown
      /** Where the key stands that a path of keys leads to; of what is not there, the nearest thing around it. */
      readonly locate: (path: readonly string[]) => Position
    }
  | { readonly ok: false; readonly position: Position; readonly problem: string }

export interface Position {
  readonly line: number
  readonly column: number
}

const START: Position = { line: 1, column: 1 }

/** JSON is read by the built-in parser, a hundred times as fast, which matters at thirty megabytes. */
export function readDocumentText(text: string): DocumentText {
  return /^\uFEFF?\s*\{/.test(text) ? readJson(text) : readYaml(text)
}

function readJson(text: string): DocumentText {
  const body = text.replace(/^\uFEFF/, '')
  try {
    const root: unknown = JSON.parse(body)
    return { ok: true, root, locate: path => lineAndColumn(body, jsonKeyOffset(body, path)) }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const [reason = ''] = error.message.split(/,? (?:in JSON )?at position |, (?:\.\.\.)?"/)
    return {
      ok: false,
      position: lineAndColumn(body, jsonErrorOffset(body)),
      problem: `this is not JSON: ${reason}`,
    }
  }
}

function lineAndColumn(text: string, offset: number): Position {
  const before = text.slice(0, offset)
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
}

function readYaml(text: string): DocumentText {
  const lineCounter = new LineCounter()
  // Duplicate keys are not looked for: that takes quadratic time on a large document.
  const options = {
    lineCounter,
    prettyErrors: false,
    uniqueKeys: false,
    merge: true,
  } as const
  const document = parseDocument(text, options)
  const positionOf = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const [error] = document.errors
  if (error !== undefined) {
    return { ok: false, position: positionOf(error.pos[0]), problem: `this is not YAML: ${error.message}` }
  }
  try {
    // Aliases share what they stand for, so their number is no danger as long as nobody prints the result.
    const root: unknown = document.toJS({ maxAliasCount: -1 })
    return { ok: true, root, locate: path => positionOf(yamlKeyOffset(document, path)) }
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    return { ok: false, position: START, problem: `this YAML cannot be read: ${message}` }
  }
}

function yamlKeyOffset(document: Document.Parsed, path: readonly string[]): number {
  let offset = 0
  let node: unknown = document.contents
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = node.items.find(item => isScalar(item.key) && String(item.key.value) === step)
      if (pair === undefined || !isScalar(pair.key)) return offset
      offset = pair.key.range?.[0] ?? offset
      node = pair.value
    } else if (isSeq(node)) node = node.items[Number(step)]
    else return offset
  }
  return offset
}
