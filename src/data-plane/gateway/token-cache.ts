import type { TokenFacts } from '../../identity/tokens.ts'

/** Tokens that were checked and held, so that a signature is checked once and not on every request. */
export interface TokenCache {
  /** Undefined for a token that is not known, was checked with another secret, or has expired by `nowMs`. */
  get(token: string, secret: string, nowMs: number): TokenFacts | undefined
  put(token: string, secret: string, facts: TokenFacts): void
  clear(): void
}

interface Entry {
  readonly secret: string
  readonly facts: TokenFacts
}

/** `maxCharacters` bounds the tokens held, in text; the oldest ones leave first. Bad tokens never enter. */
export function createTokenCache(maxCharacters: number): TokenCache {
  const entries = new Map<string, Entry>()
  let characters = 0

  function drop(token: string): void {
    if (entries.delete(token)) characters -= token.length
  }

  return {
    get(token, secret, nowMs) {
      const entry = entries.get(token)
      if (!entry) return undefined
      if (entry.secret === secret && !hasExpired(entry.facts, nowMs)) return entry.facts
      drop(token)
      return undefined
    },
    put(token, secret, facts) {
      drop(token)
      entries.set(token, { secret, facts })
      characters += token.length
      for (const oldest of entries.keys()) {
        if (characters <= maxCharacters) break
        drop(oldest)
      }
    },
    clear() {
      entries.clear()
      characters = 0
    },
  }
}

function hasExpired(facts: TokenFacts, nowMs: number): boolean {
  return facts.expiresAtMs !== undefined && nowMs >= facts.expiresAtMs
}
