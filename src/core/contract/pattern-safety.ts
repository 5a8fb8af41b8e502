import { isSafePattern } from 'redos-detector'

/** Bounds the search for a slow input, so that judging a pattern is itself never slow (about a second). */
const MAX_STEPS = 20_000

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
