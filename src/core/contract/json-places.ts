/** Places in JSON text, which the built-in parser does not give. Only ever looked for when there is a mistake. */

const TOKEN = /[ \t\r\n]*("[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*|[a-z]+|[{}[\],:]|$)/y

/** The offset at which text that `JSON.parse` refuses stops being JSON. */
export function jsonErrorOffset(text: string): number {
  const open: string[] = []
  let expected = 'value'
  for (const { word, offset } of tokensOf(text)) {
    const next = afterToken(word, expected, open)
    if (next === undefined) return offset
    expected = next
  }
  return text.length
}

/** What may follow `word`, or undefined when `word` may not stand where `expected` is. Keeps `open` up to date. */
function afterToken(word: string, expected: string, open: string[]): string | undefined {
  const inside = open.at(-1)
  if (word === '}' || word === ']') {
    const fits = (word === '}') === (inside === '{') && inside !== undefined
    if (!fits || !(expected === 'separator' || expected.endsWith('or end'))) return undefined
    open.pop()
    return 'separator'
  }
  if (word === ',')
    return expected === 'separator' && inside !== undefined ? (inside === '{' ? 'key' : 'value') : undefined
  if (word === ':') return expected === 'colon' ? 'value' : undefined
  if (expected.startsWith('key')) return word.startsWith('"') && isJson(word) ? 'colon' : undefined
  if (!expected.startsWith('value')) return undefined
  if (word === '{' || word === '[') {
    open.push(word)
    return word === '{' ? 'key or end' : 'value or end'
  }
  return isJson(word) ? 'separator' : undefined
}

function isJson(word: string): boolean {
  try {
    JSON.parse(word)
    return true
  } catch {
    // A single word that is no value is exactly what is being looked for.
    return false
  }
}

/** The offset of the key that a path of keys leads to, in valid JSON; of what is missing, the nearest key around it. */
export function jsonKeyOffset(text: string, path: readonly string[]): number {
  let found = 0
  let depth = 0
  let wanted = 0
  let candidate: { word: string; offset: number } | undefined
  for (const { word, offset } of tokensOf(text)) {
    if (wanted === path.length) break
    if (word === '{' || word === '[') depth += 1
    else if (word === '}' || word === ']') {
      depth -= 1
      if (depth <= wanted) break
    } else if (word === ',' && depth === wanted) break
    else if (
      word === ':' &&
      candidate !== undefined &&
      depth === wanted + 1 &&
      JSON.parse(candidate.word) === path[wanted]
    ) {
      found = candidate.offset
      wanted += 1
    }
    candidate = word.startsWith('"') ? { word, offset } : undefined
  }
  return found
}

/** Words and marks with their offsets; stops at the end, or at what is no token, given as one character. */
function* tokensOf(text: string): Generator<{ word: string; offset: number }> {
  for (let at = 0; at < text.length;) {
    TOKEN.lastIndex = at
    const word = TOKEN.exec(text)?.[1]
    if (word === '') return
    if (word === undefined) {
      const offset = at + text.slice(at).search(/[^ \t\r\n]/)
      yield { word: text.charAt(offset), offset }
      return
    }
    at = TOKEN.lastIndex
    yield { word, offset: at - word.length }
  }
}
