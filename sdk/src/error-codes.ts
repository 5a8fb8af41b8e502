/** Every code that Weir answers with. A test holds the list against Weir's own table of errors, both ways. */
export const weirErrorCodes = [
  'malformed-request',
  'invalid-query',
  'invalid-body',
  'missing-api-key',
  'unknown-api-key',
  'missing-token',
  'invalid-token',
  'expired-token',
  'missing-user-claim',
  'unauthorized',
  'forbidden',
  'app-suspended',
  'server-token-required',
  'plan-exhausted',
  'not-found',
  'no-such-endpoint',
  'method-not-allowed',
  'not-acceptable',
  'conflict',
  'request-timeout',
  'payload-too-large',
  'expectation-failed',
  'headers-too-large',
  'contract-mistakes',
  'idempotency-key-reused',
  'upgrade-required',
  'rate-limited',
  'connections-exhausted',
  'internal-error',
  'upstream-unreachable',
  'upstream-reset',
  'upstream-invalid',
  'counters-unreachable',
  'keys-unreachable',
  'store-unreachable',
  'upstream-timeout',
] as const

/** What this client finds out by itself, and what it advises to do about it. */
export const clientErrors = {
  'network-error': 'Look at `cause`: the connection could not be made, or broke before the answer was whole.',
  'http-error': 'Look at `body`: the API behind Weir refused, in a form of its own.',
  'invalid-answer': 'Show the request id to the provider: the answer is not the JSON it says it is.',
  'handshake-refused': 'Check the path and the plan’s connections; a limit or an outage passes by itself.',
} as const

export type WeirErrorCode = (typeof weirErrorCodes)[number]
export type ClientErrorCode = keyof typeof clientErrors

/** The API behind Weir has codes of its own, which pass through. */
export type ErrorCode = WeirErrorCode | ClientErrorCode | (string & {})
