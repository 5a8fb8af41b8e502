import { type Contract, type Endpoint, RATE_LIMITS_PATHS } from './contract.ts'
import { canonicalSegment, characterClass, parsePathTemplate, PLAIN } from './path-template.ts'
import { matchesPartial, moreSpecificFirst } from './partial-segment.ts'

/** Finds the endpoint that a request counts under. */
export interface EndpointRouter {
  /** `path` is the request target without its query; `upgrade` is true for a WebSocket handshake. */
  readonly match: (method: string, path: string, upgrade: boolean) => RouteMatch
}

export type RouteMatch =
  | { readonly kind: 'endpoint'; readonly endpoint: Endpoint }
  /** Weir's own answer: the caller's limits. */
  | { readonly kind: 'rate-limits' }
  /** The path is a WebSocket endpoint's alone, and this is no upgrade. */
  | { readonly kind: 'upgrade-required' }
  | { readonly kind: 'method-not-allowed'; readonly allow: string[] }
  | { readonly kind: 'unmatched' }
  | { readonly kind: 'malformed'; readonly reason: string }

/**
 * A trie of path segments. A literal beats a template that fills part of a segment, and that one a plain
 * `{param}`, decided at the first segment that differs; an endpoint of another method never hides one that
 * takes this method. A HEAD counts as its GET. An upgrade reaches WebSocket endpoints and nothing else.
 * With a name under `unmatched`, all that reaches no endpoint is `unmatched`.
 *
 * `malformed` are the paths that an upstream may decode or resolve into another path than the one compared
 * here: dot segments, backslashes, control characters, broken escapes, a fragment. Forwarded, such a
 * request would reach an endpoint without counting against its limit. For the same reason an encoded
 * character that may stand raw (`/%61pp`) is compared decoded. `%2F` is data: no separator here, and
 * `{param}` takes it.
 */
export function createEndpointRouter(contract: Pick<Contract, 'endpoints' | 'unmatched'>): EndpointRouter {
  const root = emptyNode()
  for (const path of RATE_LIMITS_PATHS) insert(root, path).rateLimits = RATE_LIMITS
  for (const endpoint of contract.endpoints) {
    const node = insert(root, endpoint.path)
    const match = { kind: 'endpoint', endpoint } as const
    if (endpoint.websocket) node.websocket = match
    else node.methods.set(endpoint.method, match)
  }
  const rejects = contract.unmatched === undefined
  return {
    match(method, path, upgrade) {
      const canonical = allPlain(path) ? path : canonicalPath(path)
      if (typeof canonical !== 'string') return { kind: 'malformed', reason: canonical.reason }
      const found = find(root, canonical, 1, upgrade ? upgraded : plain, method)
      if (found !== undefined) return found
      return rejects ? rejection(root, canonical, method) : UNMATCHED
    },
  }
}

const UNMATCHED = { kind: 'unmatched' } as const
const RATE_LIMITS = { kind: 'rate-limits' } as const

interface TrieNode {
  readonly literals: Map<string, TrieNode>
  partials: { readonly texts: readonly string[]; readonly node: TrieNode }[]
  param: TrieNode | undefined
  readonly methods: Map<string, RouteMatch>
  websocket: RouteMatch | undefined
  rateLimits: RouteMatch | undefined
}

function emptyNode(): TrieNode {
  return {
    literals: new Map(),
    partials: [],
    param: undefined,
    methods: new Map(),
    websocket: undefined,
    rateLimits: undefined,
  }
}

function insert(root: TrieNode, path: string): TrieNode {
  const parsed = parsePathTemplate(path)
  if (!parsed.ok) throw new Error(`a checked contract holds a bad path: ${parsed.problem}`)
  let node = root
  for (const segment of parsed.template.segments) {
    if (segment.kind === 'literal') node = literalChild(node, segment.text)
    else if (segment.kind === 'param') node = node.param ??= emptyNode()
    else node = partialChild(node, segment.texts)
  }
  return node
}

function literalChild(node: TrieNode, text: string): TrieNode {
  const known = node.literals.get(text)
  if (known !== undefined) return known
  const child = emptyNode()
  node.literals.set(text, child)
  return child
}

function partialChild(node: TrieNode, texts: readonly string[]): TrieNode {
  const known = node.partials.find(partial => partial.texts.join('{}') === texts.join('{}'))
  if (known !== undefined) return known.node
  const child = emptyNode()
  node.partials.push({ texts, node: child })
  node.partials.sort((a, b) => moreSpecificFirst(a.texts, b.texts))
  return child
}

type Visit = (node: TrieNode, method: string) => RouteMatch | undefined

const plain: Visit = (node, method) => {
  if (method === 'GET' || method === 'HEAD') {
    return (
      node.rateLimits ?? node.methods.get('GET') ?? (method === 'HEAD' ? node.methods.get('HEAD') : undefined)
    )
  }
  return node.methods.get(method)
}

const upgraded: Visit = (node, method) => (method === 'GET' ? node.websocket : undefined)

/** The first match in order of preference. `start` is where the segment begins; one node is visited at most once. */
function find(
  node: TrieNode,
  path: string,
  start: number,
  visit: Visit,
  method: string,
): RouteMatch | undefined {
  if (start > path.length) return visit(node, method)
  const slash = path.indexOf('/', start)
  const end = slash === -1 ? path.length : slash
  const segment = path.slice(start, end)
  const literal = node.literals.get(segment)
  if (literal !== undefined) {
    const found = find(literal, path, end + 1, visit, method)
    if (found !== undefined) return found
  }
  if (end === start) return undefined
  for (const partial of node.partials) {
    if (!matchesPartial(partial.texts, segment)) continue
    const found = find(partial.node, path, end + 1, visit, method)
    if (found !== undefined) return found
  }
  return node.param === undefined ? undefined : find(node.param, path, end + 1, visit, method)
}

/** Why nothing matched: the path is known for other methods, or for an upgrade, or not at all. */
function rejection(root: TrieNode, path: string, method: string): RouteMatch {
  const allowed = new Set<string>()
  let websocket = false
  find(
    root,
    path,
    1,
    node => {
      for (const known of node.methods.keys()) allowed.add(known)
      if (node.rateLimits !== undefined) allowed.add('GET')
      if (node.websocket !== undefined) websocket = true
      return undefined
    },
    method,
  )
  const asGet = method === 'GET' || method === 'HEAD'
  // A GET that comes here on a path with a plain GET is an upgrade: no method would help it.
  if (asGet && allowed.has('GET')) return UNMATCHED
  if (asGet && websocket) return { kind: 'upgrade-required' }
  if (websocket) allowed.add('GET')
  if (allowed.has('GET')) allowed.add('HEAD')
  return allowed.size === 0 ? UNMATCHED : { kind: 'method-not-allowed', allow: [...allowed].toSorted() }
}

/** The fast path: nothing to decode, to encode or to refuse, and no segment that begins with a dot. */
function allPlain(path: string): boolean {
  if (path.charCodeAt(0) !== 0x2f) return false
  let previous = 0
  for (let at = 0; at < path.length; at += 1) {
    const code = path.charCodeAt(at)
    if (code > 127 || characterClass[code] !== PLAIN) return false
    if (code === 0x2e && previous === 0x2f) return false
    previous = code
  }
  return true
}

function canonicalPath(path: string): string | { readonly reason: string } {
  if (!path.startsWith('/')) return { reason: 'the request target must be a path that starts with `/`' }
  let canonical = ''
  for (const raw of path.slice(1).split('/')) {
    const segment = canonicalSegment(raw)
    if (!segment.ok) return { reason: `the path holds ${segment.reason}` }
    canonical += `/${segment.text}`
  }
  return canonical
}
