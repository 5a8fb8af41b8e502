import type { TokenFacts } from '../../identity/tokens.ts'

/**
 * Tokens that were checked and held, so that a signature is checked once and not on every request. `Checker` is
 * whatever they were checked with; what they told is forgotten when that is not the same one any more.
 */
export interface TokenCache<Checker> {
  /** Undefined for a token that is not known, was checked with another Checker, or has expired, or must be checked again, by `nowMs`. */
  get(token: string, checker: Checker, nowMs: number): TokenFacts | undefined
  put(token: string, checker: Checker, facts: TokenFacts): void
}

interface Entry<Checker> {
  readonly checker: Checker
  readonly facts: TokenFacts
}

/** `maxCharacters` bounds the tokens held, in text; the oldest ones leave first. Bad tokens never enter. */
export function createTokenCache<Checker>(maxCharacters: number): TokenCache<Checker> {
  const entries = new Map<string, Entry<Checker>>()
  let characters = 0

  function drop(token: string): void {
    if (entries.delete(token)) characters -= token.length
  }

  return {
    get(token, checker, nowMs) {
      const entry = entries.get(token)
      if (!entry) return undefined
      if (entry.checker === checker && !hasExpired(entry.facts, nowMs)) return entry.facts
      drop(token)
      return undefined
    },
    put(token, checker, facts) {
      drop(token)
      entries.set(token, { checker, facts })
      characters += token.length
      for (const oldest of entries.keys()) {
        if (characters <= maxCharacters) break
        drop(oldest)
      }
    },
  }
}

function hasExpired(facts: TokenFacts, nowMs: number): boolean {
  return nowMs >= Math.min(facts.expiresAtMs ?? Infinity, facts.recheckAtMs ?? Infinity)
}
