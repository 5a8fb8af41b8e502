import type * as z from 'zod'

import { contractShape, type ContractInput } from './contract-shape.ts'
import { SLA_FORMS } from './shape-promises.ts'
import { nearestName, suggestion } from './nearest-name.ts'
import type { Finding, TreeNode } from './yaml-tree.ts'

export interface ShapeCheck {
  /** undefined when something is wrong; `findings` say what. */
  readonly input: ContractInput | undefined
  readonly findings: readonly Finding[]
}

/** Holds a contract's tree against its shape and puts what zod finds into words with a place. */
export function checkShape(root: TreeNode): ShapeCheck {
  const result = contractShape.safeParse(plainValue(root))
  if (result.success) return { input: result.data, findings: [] }
  return { input: undefined, findings: shapeFindings(root, result.error.issues) }
}

/** What zod finds wrong with the value of a tree, in words with a place. */
export function shapeFindings(root: TreeNode, issues: readonly Issue[]): Finding[] {
  return issues.flatMap(issue => findingsOf(root, [], issue))
}

/** What zod sees. A float becomes a symbol, which no shape takes: not text, not a number. */
export function plainValue(node: TreeNode): unknown {
  if (node.kind === 'list') return node.items.map(plainValue)
  if (node.kind === 'float') return Symbol(node.source)
  if (node.kind === 'nothing') return null
  if (node.kind !== 'map') return node.value
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plainValue(entry.value)]))
}

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

function findingsOf(root: TreeNode, prefix: Path, issue: Issue): Finding[] {
  const path = [...prefix, ...issue.path]
  if (issue.code === 'invalid_union') return unionFindings(root, path, issue)
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(key => unknownKey(root, path, key, issue.message))
  const place = findPlace(root, path)
  if (issue.code === 'invalid_key') {
    const phrase = issue.issues[0]?.message ?? 'a name'
    return [{ offset: place.keyStart, message: `\`${String(path.at(-1))}\` is no name; expected ${phrase}` }]
  }
  return [wrongValue(place, path, issue.message, candidatesOf(issue))]
}

/**
 * Of a union's branches the one that was meant: the fewest mistakes, none of them in the value's own type.
 * When none stands out, the union's phrase says it best.
 */
function unionFindings(root: TreeNode, path: Path, issue: z.core.$ZodIssueInvalidUnion): Finding[] {
  const branches = issue.errors
    .map(issues => ({ issues, cost: branchCost(issues) }))
    .toSorted((a, b) => a.cost - b.cost)
  const [best, next] = branches
  const place = findPlace(root, path)
  if (
    best === undefined ||
    best.cost >= WRONG_TYPE ||
    best.cost === next?.cost ||
    knowsNoKey(best.issues, place)
  ) {
    return [wrongValue(place, path, issue.message, issue.errors.flat().flatMap(candidatesOf))]
  }
  return best.issues.flatMap(inner => findingsOf(root, path, inner))
}

/** A map in which a branch knows not one key was not meant for it. */
function knowsNoKey(issues: readonly Issue[], { node }: Place): boolean {
  const unknown = issues.flatMap(issue => (issue.code === 'unrecognized_keys' ? issue.keys : []))
  return node?.kind === 'map' && unknown.length === node.entries.size
}

const WRONG_TYPE = 1_000
/** A branch has one word that names its kind, such as `form: tiered`; another word there means another branch. */
const OTHER_KIND = 10

function branchCost(issues: readonly Issue[]): number {
  return issues.reduce((cost, issue) => {
    if (issue.code === 'unrecognized_keys') return cost + 2 * issue.keys.length
    const isWord = issue.code === 'invalid_value' && issue.values.length === 1 && issue.path.length > 0
    if (isWord) return cost + OTHER_KIND
    return cost + (issue.path.length === 0 && issue.code !== 'invalid_union' ? WRONG_TYPE : 1)
  }, 0)
}

function candidatesOf(issue: Issue): string[] {
  return issue.code === 'invalid_value' ? issue.values.map(String) : []
}

function unknownKey(root: TreeNode, path: Path, key: string, knownKeys: string): Finding {
  const place = findPlace(root, [...path, key])
  // Without its form an SLA is taken for `none`, which knows nothing else; the form is what is missing.
  if (knownKeys === 'form') {
    const form = findPlace(root, [...path, 'form'])
    if (form.node === undefined) return wrongValue(form, [...path, 'form'], SLA_FORMS, [])
  }
  const hint = suggestion(key, knownKeys.split(' '), 'known here')
  return { offset: place.keyStart, message: `unknown key \`${shownPath([...path, key])}\`${hint}` }
}

function wrongValue(place: Place, path: Path, phrase: string, candidates: readonly string[]): Finding {
  const name = shownPath(path)
  if (place.node === undefined) {
    return { offset: place.keyStart, message: `\`${name}\` is missing; expected ${phrase}` }
  }
  const quotes =
    place.node.kind === 'text' && /^\d+$/.test(place.node.value) && phrase.includes('whole number')
  const written = place.node.kind === 'text' ? nearestName(place.node.value, candidates) : undefined
  const hint = written === undefined ? '' : `; did you mean \`${written}\`?`
  const subject = path.length === 0 ? 'the contract' : `\`${name}\``
  return {
    offset: place.node.start,
    message: `${subject}: expected ${phrase}; found ${shownValue(place.node, phrase)}${quotes ? ', which is text; remove the quotes' : ''}${hint}`,
  }
}

interface Place {
  /** undefined: the contract says nothing there. */
  readonly node: TreeNode | undefined
  /** Where the key stands; for a missing one, that of the nearest thing around it. */
  readonly keyStart: number
}

function findPlace(root: TreeNode, path: Path): Place {
  let node: TreeNode | undefined = root
  let keyStart = root.start
  for (const step of path) {
    if (node.kind === 'map') {
      const entry = node.entries.get(String(step))
      if (entry === undefined) return { node: undefined, keyStart }
      keyStart = entry.keyStart
      node = entry.value
    } else if (node.kind === 'list' && typeof step === 'number') {
      node = node.items[step]
      if (node === undefined) return { node: undefined, keyStart }
      keyStart = node.start
    } else return { node: undefined, keyStart }
  }
  return { node, keyStart }
}

/** `plans.start.tiers[0].price` */
function shownPath(path: Path): string {
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`,
    )
    .join('')
}

function shownValue(node: TreeNode, phrase: string): string {
  if (node.kind === 'nothing') return 'nothing'
  if (node.kind === 'map') return node.entries.size === 0 ? 'an empty map' : 'a map'
  if (node.kind === 'list') return node.items.length === 0 ? 'an empty list' : 'a list'
  if (node.kind === 'text') return `"${node.value.length > 60 ? `${node.value.slice(0, 60)}…` : node.value}"`
  const source = node.kind === 'float' ? node.source : String(node.value)
  return phrase.includes('in quotes') ? `${source} without quotes` : source
}
