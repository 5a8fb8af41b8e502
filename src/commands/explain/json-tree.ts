import type { TreeNode } from '../../core/contract/yaml-tree.ts'

/** No input goes as deep; what lies below it is not shown in a mistake, so a hostile line costs nothing. */
const MAX_DEPTH = 10

/** A value of JSON as the tree in which a contract’s mistakes are found, so that both say them alike. */
export function jsonTree(value: unknown, depth = 0): TreeNode {
  const start = 0
  if (typeof value === 'string') return { kind: 'text', start, value }
  if (typeof value === 'boolean') return { kind: 'flag', start, value }
  if (typeof value === 'number') {
    return Number.isSafeInteger(value)
      ? { kind: 'whole', start, value }
      : { kind: 'float', start, source: String(value) }
  }
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return { kind: 'nothing', start }
  if (Array.isArray(value))
    return { kind: 'list', start, items: value.map(item => jsonTree(item, depth + 1)) }
  const entries = Object.entries(value).map(
    ([key, item]) => [key, { keyStart: start, value: jsonTree(item, depth + 1) }] as const,
  )
  return { kind: 'map', start, entries: new Map(entries) }
}
