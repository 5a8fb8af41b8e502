import type { WeirError } from './weir-error.ts'

export interface RetryOptions {
  /** How often a request is sent at most, the first time included. 4 if left out. */
  readonly tries?: number | undefined
  /** The first back-off is a random time up to this, each further one up to twice as much. 250 if left out. */
  readonly baseMs?: number | undefined
  /** No back-off is longer. 10,000 if left out. */
  readonly capMs?: number | undefined
  /** A server that asks for a longer wait gets none: the error comes at once. 120,000 if left out. */
  readonly maxWaitMs?: number | undefined
}

export type RetryPolicy = { readonly [Name in keyof RetryOptions]-?: number }

export const defaultRetry: RetryPolicy = { tries: 4, baseMs: 250, capMs: 10_000, maxWaitMs: 120_000 }

export interface FailedTry {
  readonly error: WeirError
  /** May the request be carried out twice: by its method (RFC 9110, 9.2.2) or by an idempotency key? */
  readonly idempotent: boolean
  /** False once the body was a stream: it is used up. */
  readonly replayable: boolean
}

/**
 * How many milliseconds to wait before the request is sent again; undefined: not again. `random` is from [0, 1).
 */
export function retryDelayMs(failed: FailedTry, policy: RetryPolicy, random: number): number | undefined {
  const { tries, retryAfterMs } = failed.error.metadata
  if (tries >= policy.tries || !failed.replayable || !isSafe(failed)) return undefined
  if (retryAfterMs === undefined) return backOffMs(tries, policy, random)
  // Everybody who was limited is told the same instant: coming a little apart, they do not collide again.
  return retryAfterMs > policy.maxWaitMs ? undefined : retryAfterMs + random * policy.baseMs
}

/** Exponential back-off with full jitter: a random time up to a bound that doubles with each try. */
export function backOffMs(
  tries: number,
  { baseMs, capMs }: Pick<RetryPolicy, 'baseMs' | 'capMs'>,
  random: number,
): number {
  return random * Math.min(capMs, baseMs * 2 ** (tries - 1))
}

function isSafe({ error, idempotent }: FailedTry): boolean {
  if (error.local || error.scope === 'plan') return false
  if (error.code === 'network-error' || error.status === 503) return idempotent
  return error.status === 429 && (idempotent || wasNotCarriedOut(error))
}

/** Weir rejects before the API is asked. An API's own 429 passes Weir with quota left, and may come halfway. */
function wasNotCarriedOut({ code, metadata }: WeirError): boolean {
  return code === 'rate-limited' || metadata.policies.some(({ remaining }) => remaining === 0)
}
