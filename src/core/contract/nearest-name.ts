import { closest, distance } from 'fastest-levenshtein'

/** Each costs some 0.2 µs, and a contract may have hundreds of names to ask about. */
const MOST_COMPARED = 2000

/** The known name that was probably meant, or undefined when none is near. Case does not count as a difference. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || known.length > MOST_COMPARED || name.length > 100) return undefined
  const byLowerCase = new Map(known.map(candidate => [candidate.toLowerCase(), candidate]))
  const wanted = name.toLowerCase()
  const found = closest(wanted, [...byLowerCase.keys()])
  return distance(wanted, found) <= tolerance(name.length) ? byLowerCase.get(found) : undefined
}

/** Two slips cover a swapped pair of letters; in a very short name two slips would make it any other. */
function tolerance(length: number): number {
  if (length <= 2) return 1
  return length <= 7 ? 2 : 3
}

/** `; did you mean `X`?`, or else `; known: …`, or nothing when there are none. */
export function suggestion(name: string, known: readonly string[], knownLabel = 'known'): string {
  const near = nearestName(name, known)
  if (near !== undefined) return `; did you mean \`${near}\`?`
  if (known.length === 0) return ''
  const shown = known.slice(0, 12).map(candidate => `\`${candidate}\``)
  return `; ${knownLabel}: ${shown.join(', ')}${known.length > 12 ? ', …' : ''}`
}
