import { isSafePattern } from 'redos-detector'

/**
 * Bounds the search for a slow input, so that judging a pattern is itself never slow: at most some 80 ms. At
 * 20,000 steps `a{1000}` alone took nine seconds and half a gigabyte.
 */
const MAX_STEPS = 500
/** A step costs more the longer the expression is; plain alternatives may be longer. */
const LONGEST_SEARCHED = 200
/** Searches of one contract; plain alternatives need none. */
const MOST_SEARCHES = 16
/** The search is longest where it finds no end: after so many, the rest wait until these are mended. */
const MOST_SLOW = 3

/** Why a platform's expression cannot be used; undefined: it is right and always quick. */
export type PatternJudge = (matches: string) => string | undefined

/** One for each contract: what it costs is bounded however many expressions the contract has. */
export function createPatternJudge(): PatternJudge {
  let searches = 0
  let slow = 0
  return matches => {
    if (ALTERNATIVES.test(matches)) return patternProblem(matches)
    if (matches.length > LONGEST_SEARCHED)
      return `is longer than the ${LONGEST_SEARCHED} characters that are judged`
    if (slow >= MOST_SLOW) return 'is not judged before the expressions above are mended'
    if (++searches > MOST_SEARCHES) {
      return `is one too many; beside plain words and alternatives there may be ${MOST_SEARCHES} expressions`
    }
    const problem = patternProblem(matches)
    if (problem !== undefined) slow += 1
    return problem
  }
}

/**
 * Plain alternatives, such as `(ios|ipados)`: nothing repeats and nothing is nested, so each is tried once.
 * The detector takes some 40 ms to say the same of them.
 */
const ALTERNATIVES = /^\^?(?:\([^()[\]{}*+?\\]*\)|[^()[\]{}*+?\\]*)\$?$/

/** Why a platform's expression cannot be used, or undefined when it is right and always quick. */
export function patternProblem(matches: string): string | undefined {
  try {
    // Executed once: V8 refuses some expressions only when they are first compiled.
    new RegExp(matches, 'i').test('')
  } catch (error) {
    return `is no regular expression: ${reasonOf(error)}`
  }
  if (ALTERNATIVES.test(matches)) return undefined
  if (hasBackreference(matches)) return 'uses a backreference, whose time cannot be bounded'
  try {
    const { safe } = isSafePattern(matches, { caseInsensitive: true, timeout: Infinity, maxSteps: MAX_STEPS })
    return safe
      ? undefined
      : 'can run long on some input; avoid repetitions that can match the same text in two ways'
  } catch {
    // Whatever the detector cannot parse (named groups, for one) cannot be shown to be quick.
    return 'uses a feature whose time cannot be judged; write it more plainly'
  }
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return (message.split(': ').at(-1) ?? message).toLowerCase()
}

/** An unescaped backslash before a digit from 1, or `\k<`. */
function hasBackreference(matches: string): boolean {
  return /^(?:[^\\]|\\[^1-9k])*\\(?:[1-9]|k<)/s.test(matches)
}
