import { type PolicyState, readPolicies } from './rate-limit-fields.ts'
import { readRetryAfterMs } from './retry-after.ts'

/** The limit that `X-RateLimit-*` shows; undefined where the answer carries none. */
export interface RateLimit {
  readonly rateLimit: number | undefined
  readonly rateLimitRemaining: number | undefined
  readonly rateLimitReset: Date | undefined
}

/** What is known about an answer besides its body. Answers and errors carry the same. */
export interface Metadata {
  /** The HTTP status; 0 when no answer came. */
  readonly responseCode: number
  readonly rateLimit: RateLimit
  /** All policies of `RateLimit` and `RateLimit-Policy`, in their order. */
  readonly policies: readonly PolicyState[]
  /** By which the provider finds this request. */
  readonly requestId: string | undefined
  /** From `Retry-After`. */
  readonly retryAfterMs: number | undefined
  /** How often the request was sent until this answer, the last time included; 0 if it never was. */
  readonly tries: number
}

export function readMetadata(response: Response, tries: number, nowMs = Date.now()): Metadata {
  const { headers } = response
  const reset = wholeNumber(headers.get('x-ratelimit-reset'))
  return {
    responseCode: response.status,
    rateLimit: {
      rateLimit: wholeNumber(headers.get('x-ratelimit-limit')),
      rateLimitRemaining: wholeNumber(headers.get('x-ratelimit-remaining')),
      rateLimitReset: reset === undefined ? undefined : new Date(reset * 1000),
    },
    policies: readPolicies(headers.get('ratelimit'), headers.get('ratelimit-policy')),
    requestId: headers.get('weir-request-id') ?? undefined,
    retryAfterMs: readRetryAfterMs(headers.get('retry-after'), headers.get('date'), nowMs),
    tries,
  }
}

export function withoutAnswer(tries: number): Metadata {
  return {
    responseCode: 0,
    rateLimit: { rateLimit: undefined, rateLimitRemaining: undefined, rateLimitReset: undefined },
    policies: [],
    requestId: undefined,
    retryAfterMs: undefined,
    tries,
  }
}

/** A field that proxies have joined (`60, 60`) says nothing certain, and counts as absent. */
function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^\s*\d{1,15}\s*$/.test(text) ? Number(text) : undefined
}
