import { type JSONWebKeySet, type JWTVerifyGetKey, createLocalJWKSet, errors as joseErrors } from 'jose'

/** The public keys behind one URL, fetched when a token needs them and never more than once a minute. */
export interface KeySet {
  /**
   * The key a token names. Throws KeySetUnreachableError if that cannot be known now, and jose's errors if no key,
   * or more than one, fits.
   */
  readonly keyFor: JWTVerifyGetKey
  /** Until the next fetch may begin; 0: it may now. */
  retryAfterMs(): number
}

/** Key sets by their URL, so that a changed contract with the same URL does not fetch anew. */
export interface KeySets {
  of(url: string): KeySet
}

export interface KeySetOptions {
  /** Milliseconds that only ever grow: a wall clock set back would put off the next fetch. */
  readonly clock?: () => number
  readonly timeoutMs?: number
}

/** Neither unknown key ids nor failures make it more often. */
const FETCH_INTERVAL_MS = 60_000
/** A set this old is fetched again while it goes on serving, so that a key taken out of it stops to hold. */
const STALE_MS = 5 * 60_000
/** The largest known key sets, with the certificates of a dozen keys, have some 30 KiB. */
const MAX_BYTES = 256 * 1024
/** Of a provider who changes its URL again and again; the oldest is forgotten. */
const MAX_SETS = 16

/** The key set does not answer, or with something that is none; the token may well be good. */
export class KeySetUnreachableError extends Error {
  constructor(cause: unknown) {
    super('the key set that tokens are checked against cannot be fetched', { cause })
    this.name = 'KeySetUnreachableError'
  }
}

export function createKeySets(options: KeySetOptions = {}): KeySets {
  const { clock = () => performance.now(), timeoutMs = 5000 } = options
  const sets = new Map<string, KeySet>()
  return {
    of(url) {
      let set = sets.get(url)
      if (!set) sets.set(url, (set = createKeySet(url, clock, timeoutMs)))
      for (const oldest of sets.keys()) if (sets.size > MAX_SETS) sets.delete(oldest)
      return set
    },
  }
}

function createKeySet(url: string, clock: () => number, timeoutMs: number): KeySet {
  let keys: JWTVerifyGetKey | undefined
  let fetchedMs = -Infinity
  /** The last attempt, whatever became of it. */
  let triedMs = -Infinity
  let failure: unknown
  let pending: Promise<void> | undefined

  const retryAfterMs = (): number => Math.max(0, triedMs + FETCH_INTERVAL_MS - clock())

  /** Never rejects: what went wrong is kept in `failure`. Undefined while no fetch may begin. */
  function refetch(): Promise<void> | undefined {
    if (pending || retryAfterMs() > 0) return pending
    triedMs = clock()
    pending = take().finally(() => {
      pending = undefined
    })
    return pending
  }

  async function take(): Promise<void> {
    try {
      keys = createLocalJWKSet(await fetchKeySet(url, timeoutMs))
      fetchedMs = clock()
      failure = undefined
    } catch (error) {
      failure = error
    }
  }

  return {
    retryAfterMs,
    async keyFor(header, token) {
      if (clock() - fetchedMs >= STALE_MS) {
        const refetching = refetch()
        // With keys that held a moment ago nobody has to wait for a slow key server.
        if (!keys) await refetching
      }
      if (!keys) throw new KeySetUnreachableError(failure)
      try {
        return await keys(header, token)
      } catch (error) {
        if (!(error instanceof joseErrors.JWKSNoMatchingKey)) throw error
        await refetch()
        if (failure !== undefined) throw new KeySetUnreachableError(failure)
        return keys(header, token)
      }
    },
  }
}

/** Follows no redirect: the contract names the URL that is trusted. */
async function fetchKeySet(url: string, timeoutMs: number): Promise<JSONWebKeySet> {
  const response = await fetch(url, {
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
    headers: { accept: 'application/json, application/jwk-set+json' },
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`the key set answered ${response.status}`)
  }
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    // Leaving the loop ends the connection too, so no more of it arrives.
    if (bytes > MAX_BYTES) throw new Error(`the key set has more than ${MAX_BYTES / 1024} KiB`)
    text += decoder.decode(chunk, { stream: true })
  }
  // What is no key set after all is found by jose, which checks its form.
  return JSON.parse(text) as JSONWebKeySet
}
