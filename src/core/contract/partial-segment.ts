/** Segments that a template fills only in part, such as `{base}...{head}` or `{name}.json`. */

/**
 * Whether `segment` is `texts` with at least one character between each two. Taking each text at its first
 * place leaves the most for the rest, so one pass decides.
 */
export function matchesPartial(texts: readonly string[], segment: string): boolean {
  const [first = '', ...rest] = texts
  const last = rest.pop() ?? ''
  if (!segment.startsWith(first)) return false
  let at = first.length
  for (const text of rest) {
    const found = segment.indexOf(text, at + 1)
    if (found === -1 || at + 1 > segment.length) return false
    at = found + text.length
  }
  return segment.endsWith(last) && segment.length - last.length >= at + 1
}

/** Sorts the template with more fixed characters first; among equals the order of the texts, so it never varies. */
export function moreSpecificFirst(a: readonly string[], b: readonly string[]): number {
  const [left, right] = [a.join('{}'), b.join('{}')]
  const byLength = fixedLength(b) - fixedLength(a)
  if (byLength !== 0) return byLength
  if (left === right) return 0
  return left < right ? -1 : 1
}

function fixedLength(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0)
}
