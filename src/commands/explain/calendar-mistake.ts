import { checkCalendars } from '../../core/contract/check-calendars.ts'
import type { TreeNode } from '../../core/contract/yaml-tree.ts'

/** What is wrong with a calendar of the right shape, in the contract's own words; undefined: nothing. */
export function calendarMistake(calendar: unknown): string | undefined {
  const mistakes: string[] = []
  const root = treeOf({ calendars: { calendar } })
  checkCalendars(root, (_offset, message) => mistakes.push(message))
  const [first] = mistakes
  return first === undefined
    ? undefined
    : `\`calendar\`: ${first.replaceAll('calendars.calendar', 'calendar')}`
}

/** A contract's tree of plain values; there is no text, so nothing has a place in it. */
function treeOf(value: unknown): TreeNode {
  const start = 0
  if (typeof value === 'string') return { kind: 'text', start, value }
  if (Array.isArray(value)) return { kind: 'list', start, items: value.map(treeOf) }
  if (typeof value !== 'object' || value === null) return { kind: 'nothing', start }
  const entries = Object.entries(value).map(
    ([key, item]) => [key, { keyStart: start, value: treeOf(item) }] as const,
  )
  return { kind: 'map', start, entries: new Map(entries) }
}
