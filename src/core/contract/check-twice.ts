import type { Report } from './check-limits.ts'
import { type TreeNode, textOf } from './yaml-tree.ts'

/** In a list of names each stands once. */
export function checkTwice(items: readonly TreeNode[], report: Report): void {
  const seen = new Set<string>()
  for (const item of items) {
    const text = textOf(item)
    if (text === undefined) continue
    if (seen.has(text)) report(item.start, `\`${text}\` stands here twice`)
    seen.add(text)
  }
}
