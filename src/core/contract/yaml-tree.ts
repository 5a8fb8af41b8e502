import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  parseDocument,
  Scalar,
} from 'yaml'

/** One value of a contract file. `start` is the offset in the text at which a mistake about it is shown. */
export type TreeNode =
  | { readonly kind: 'map'; readonly start: number; readonly entries: ReadonlyMap<string, TreeEntry> }
  | { readonly kind: 'list'; readonly start: number; readonly items: readonly TreeNode[] }
  | { readonly kind: 'text'; readonly start: number; readonly value: string }
  | { readonly kind: 'whole'; readonly start: number; readonly value: number }
  /** Written with a point or an exponent, or not finite: nothing in a contract may be. */
  | { readonly kind: 'float'; readonly start: number; readonly source: string }
  | { readonly kind: 'flag'; readonly start: number; readonly value: boolean }
  | { readonly kind: 'nothing'; readonly start: number }

export interface TreeEntry {
  readonly keyStart: number
  readonly value: TreeNode
}

/** A mistake not yet turned into a line and a column. */
export interface Finding {
  readonly offset: number
  readonly message: string
}

/** `root` is undefined when the text is not YAML at all; then `findings` say why. */
export interface YamlTree {
  readonly root: TreeNode | undefined
  readonly findings: readonly Finding[]
  readonly positionOf: (offset: number) => { readonly line: number; readonly column: number }
}

/** Deep enough for any contract (which needs seven), shallow enough for every walk that follows. */
const MAX_DEPTH = 32
/**
 * Words, marks, line ends and indents together: some 10,000 lines. Most of the time goes to parsing them, some 0.2 s;
 * the million that fit into 1 MiB would take four.
 */
const MAX_TOKENS = 60_000
/** One broken line makes YAML stumble over many others; past these the list helps nobody. */
const MAX_SYNTAX_FINDINGS = 20

/** Reads the YAML 1.2 core schema without anchors, aliases, tags, directives or duplicate keys. Never throws. */
export function readYamlTree(text: string): YamlTree {
  const lineCounter = new LineCounter()
  const crowded = crowdedFrom(text)
  if (crowded !== undefined) {
    const findings = [{ offset: crowded, message: tooCrowded }]
    return { root: undefined, findings, positionOf: offset => placeIn(text, offset) }
  }
  const document = parseDocument(text, {
    lineCounter,
    version: '1.2',
    schema: 'core',
    prettyErrors: false,
    // Checked below, in linear time and in our words.
    uniqueKeys: false,
  })
  const positionOf = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const syntax = [...directiveFindings(text, document), ...syntaxFindings(document)]
  if (syntax.length > 0) return { root: undefined, findings: syntax, positionOf }
  const findings: Finding[] = []
  const root = toTree(document.contents, 0, 0, findings)
  return { root, findings, positionOf }
}

const tooCrowded =
  'the contract has too many values; it may have some 10,000. Endpoints can stand in an OpenAPI document'

/** The offset from which a text has more tokens than a contract may, if it does; splitting alone is quick. */
function crowdedFrom(text: string): number | undefined {
  let tokens = 0
  let offset = 0
  for (const token of new Lexer().lex(text)) {
    if (++tokens > MAX_TOKENS) return offset
    // Control characters mark a document, a value or a mistake, and stand for no text.
    if (!CONTROL_TOKEN.test(token)) offset += token.length
  }
  return undefined
}

// oxlint-disable-next-line no-control-regex -- the marks of the lexer
const CONTROL_TOKEN = /^[\u0002\u0018\u001f]$/

function placeIn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
}

function directiveFindings(text: string, document: Document.Parsed): Finding[] {
  const { yaml, tags } = document.directives
  const found = yaml.explicit === true || Object.keys(tags).some(tag => tag !== '!!')
  if (!found) return []
  return [
    {
      offset: Math.max(text.indexOf('%'), 0),
      message: 'a contract takes no YAML directives; remove this line',
    },
  ]
}

function syntaxFindings(document: Document.Parsed): Finding[] {
  const seen = new Set<number>()
  const findings: Finding[] = []
  for (const error of document.errors) {
    const offset = error.pos[0]
    if (seen.has(offset) || findings.length === MAX_SYNTAX_FINDINGS) continue
    seen.add(offset)
    if (error.code === 'RESOURCE_EXHAUSTION') return [{ offset, message: tooDeep }]
    findings.push({ offset, message: syntaxMessage(error.code, error.message) })
  }
  return findings
}

const tooDeep = `nested too deep; a contract needs at most ${MAX_DEPTH} levels`

function syntaxMessage(code: string, message: string): string {
  if (code === 'MULTIPLE_DOCS')
    return 'a second document begins here; a contract is one document, remove `---`'
  const [first = message] = message.split('\n')
  return `this is not YAML: ${first.replace(/[.:]$/, '')}`
}

function toTree(node: unknown, keyStart: number, depth: number, findings: Finding[]): TreeNode {
  const start = offsetOf(node) ?? keyStart
  if (depth > MAX_DEPTH) {
    findings.push({ offset: start, message: tooDeep })
    return { kind: 'nothing', start }
  }
  refuseExtras(node, start, findings)
  if (isMap(node)) return mapTree(node.items, start, depth, findings)
  if (isSeq(node)) {
    return { kind: 'list', start, items: node.items.map(item => toTree(item, start, depth + 1, findings)) }
  }
  if (isScalar(node)) return scalarTree(node, start, keyStart)
  return { kind: 'nothing', start }
}

function refuseExtras(node: unknown, start: number, findings: Finding[]): void {
  if (isAlias(node)) {
    findings.push({
      offset: start,
      message: `aliases are not for contracts; write out what \`*${node.source}\` stands for`,
    })
    return
  }
  if (!isMap(node) && !isSeq(node) && !isScalar(node)) return
  if (node.anchor !== undefined) {
    findings.push({ offset: start, message: `anchors are not for contracts; remove \`&${node.anchor}\`` })
  }
  if (node.tag !== undefined) {
    findings.push({ offset: start, message: 'tags are not for contracts; remove the `!` before this value' })
  }
}

function mapTree(
  pairs: readonly { readonly key: unknown; readonly value: unknown }[],
  start: number,
  depth: number,
  findings: Finding[],
): TreeNode {
  const entries = new Map<string, TreeEntry>()
  for (const { key, value } of pairs) {
    const keyStart = offsetOf(key) ?? start
    refuseExtras(key, keyStart, findings)
    const name = keyName(key)
    if (name === undefined) {
      if (!isAlias(key))
        findings.push({ offset: keyStart, message: 'expected a key of plain text before the colon' })
      continue
    }
    const tree = toTree(value, keyStart, depth + 1, findings)
    if (name in Object.prototype) {
      findings.push({ offset: keyStart, message: `\`${name}\` is a reserved word; choose another name` })
    } else if (entries.has(name)) {
      findings.push({
        offset: keyStart,
        message: `\`${name}\` stands here a second time; keep one of the two`,
      })
    } else entries.set(name, { keyStart, value: tree })
  }
  return { kind: 'map', start, entries }
}

/** A key such as `24` or `true` is taken as written, so that it can be named in "unknown key". */
function keyName(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined
  if (typeof key.value === 'string') return key.value
  return key.source === undefined || key.source === '' ? undefined : key.source
}

function scalarTree(node: Scalar, start: number, keyStart: number): TreeNode {
  const { value } = node
  if (typeof value === 'string') return { kind: 'text', start, value }
  if (typeof value === 'boolean') return { kind: 'flag', start, value }
  if (typeof value === 'number') {
    const source = node.source ?? String(value)
    return /^[-+]?[0-9]+$/.test(source) ? { kind: 'whole', start, value } : { kind: 'float', start, source }
  }
  return { kind: 'nothing', start: node.source === undefined || node.source === '' ? keyStart : start }
}

function offsetOf(node: unknown): number | undefined {
  if (!isMap(node) && !isSeq(node) && !isScalar(node) && !isAlias(node)) return undefined
  return node.range?.[0]
}

export function childOf(node: TreeNode | undefined, key: string): TreeNode | undefined {
  return node?.kind === 'map' ? node.entries.get(key)?.value : undefined
}

export function entriesOf(node: TreeNode | undefined): readonly (readonly [string, TreeEntry])[] {
  return node?.kind === 'map' ? [...node.entries] : []
}

export function itemsOf(node: TreeNode | undefined): readonly TreeNode[] {
  return node?.kind === 'list' ? node.items : []
}

export function textOf(node: TreeNode | undefined): string | undefined {
  return node?.kind === 'text' ? node.value : undefined
}
