/**
 * Every error Weir answers with, in both planes: one row a code. `docs/errors.md` repeats it, and a test
 * keeps the two equal. `fix` is what the reader can do about it.
 */
export const errors = {
  'malformed-request': {
    status: 400,
    title: 'The request is malformed',
    fix: 'Send a plain path without dot segments, backslashes, control characters or broken percent encodings.',
  },
  'invalid-query': {
    status: 400,
    title: 'The query is not understood',
    fix: 'Correct the part of the query that `detail` names.',
  },
  'invalid-body': {
    status: 400,
    title: 'The body is not what this route takes',
    fix: 'Correct what `detail` names; the route is described at /api/docs.',
  },
  'missing-api-key': {
    status: 401,
    title: 'The request carries no API key',
    fix: 'Send the app’s API key where `detail` says.',
  },
  'unknown-api-key': {
    status: 401,
    title: 'The API key is not known',
    fix: 'Check the key; it may have been deleted.',
  },
  'missing-token': {
    status: 401,
    title: 'The request carries no token',
    fix: 'Send a signed token where `detail` says.',
  },
  'invalid-token': {
    status: 401,
    title: 'The token does not hold',
    fix: 'Sign the token as the contract asks; `detail` says what failed.',
  },
  'expired-token': {
    status: 401,
    title: 'The token has expired',
    fix: 'Fetch a new token and try again.',
  },
  'missing-user-claim': {
    status: 401,
    title: 'The token names no user',
    fix: 'Put the user’s id (text of 1 to 255 bytes) into the claim that `detail` names.',
  },
  unauthorized: {
    status: 401,
    title: 'The credentials are missing or not known',
    fix: 'Send `Authorization: Bearer` with the operator token, a member’s token, or an app’s server token with its API key.',
  },
  forbidden: {
    status: 403,
    title: 'This role may not do that',
    fix: 'Ask someone whose role allows it; `detail` names the roles.',
  },
  'app-suspended': {
    status: 403,
    title: 'The app is suspended',
    fix: 'Ask the provider why; an operator can resume it.',
  },
  'server-token-required': {
    status: 403,
    title: 'Only a server token may do this',
    fix: 'Call from your own back end with a token that carries the server claim.',
  },
  'plan-exhausted': {
    status: 403,
    title: 'The plan’s included number is used up',
    fix: 'Choose a larger plan; users already counted this month go on.',
  },
  'not-found': {
    status: 404,
    title: 'There is no such thing',
    fix: 'Check the id; it may belong to another organization.',
  },
  'no-such-endpoint': {
    status: 404,
    title: 'The contract has no such endpoint',
    fix: 'Check the path against the contract’s endpoints.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'The endpoint does not take this method',
    fix: 'Use one of the methods in the `Allow` header.',
  },
  'not-acceptable': {
    status: 406,
    title: 'It is not written in that format',
    fix: 'Ask for another format with `Accept`, or add what `detail` names.',
  },
  'request-timeout': {
    status: 408,
    title: 'The request did not arrive in time',
    fix: 'Send the whole request without long pauses.',
  },
  conflict: {
    status: 409,
    title: 'That contradicts what is there',
    fix: 'Read the current state and decide again; `detail` says what stands in the way.',
  },
  'payload-too-large': {
    status: 413,
    title: 'The body is too large',
    fix: 'Send at most the size that `detail` names.',
  },
  'expectation-failed': {
    status: 417,
    title: 'The expectation cannot be met',
    fix: 'Send `Expect: 100-continue`, or no `Expect`.',
  },
  'contract-mistakes': {
    status: 422,
    title: 'The contract has mistakes',
    fix: 'Correct every line of `mistakes` and send it again.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The idempotency key was used for another request',
    fix: 'Use a new key for a new request.',
  },
  'upgrade-required': {
    status: 426,
    title: 'The endpoint takes only WebSocket upgrades',
    fix: 'Open a WebSocket to this path.',
  },
  'rate-limited': {
    status: 429,
    title: 'A rate limit is used up',
    fix: 'Wait for `Retry-After` seconds and try again.',
  },
  'connections-exhausted': {
    status: 429,
    title: 'The plan’s included connections are all open',
    fix: 'Close a connection or choose a larger plan; waiting alone does not help.',
  },
  'headers-too-large': {
    status: 431,
    title: 'The header fields are too large',
    fix: 'Send fewer or shorter fields; `detail` names the bound.',
  },
  'internal-error': {
    status: 500,
    title: 'Weir failed',
    fix: 'Try again; if it stays, send the request id to the operator.',
  },
  'upstream-unreachable': {
    status: 502,
    title: 'The API behind Weir could not be reached',
    fix: 'Try again with back-off; the failure is counted as downtime of the API.',
  },
  'upstream-reset': {
    status: 502,
    title: 'The API behind Weir broke the connection',
    fix: 'Try again with back-off if the request is safe to repeat.',
  },
  'upstream-invalid': {
    status: 502,
    title: 'The API behind Weir answered garbage',
    fix: 'Send the request id to the provider.',
  },
  'counters-unreachable': {
    status: 503,
    title: 'The limits cannot be counted now',
    fix: 'Try again in a moment; the operator sees it in the metrics.',
  },
  'keys-unreachable': {
    status: 503,
    title: 'Tokens cannot be checked now',
    fix: 'Try again after `Retry-After` seconds; the provider’s key set does not answer.',
  },
  'store-unreachable': {
    status: 503,
    title: 'The store cannot be reached',
    fix: 'Try again in a moment; traffic is still served meanwhile.',
  },
  'upstream-timeout': {
    status: 504,
    title: 'The API behind Weir took too long',
    fix: 'Try again with back-off; the failure is counted as downtime of the API.',
  },
} as const satisfies Record<string, { status: number; title: string; fix: string }>

export type ErrorCode = keyof typeof errors
