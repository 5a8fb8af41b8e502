import { RATE_LIMITS_ENDPOINT } from '../../core/contract/contract.ts'
import { ProblemError } from '../../http/problem.ts'
import type { TokenFacts } from '../../identity/tokens.ts'
import type { App, AppDirectory } from './app-directory.ts'
import type { AskedRequest } from './asked-request.ts'
import { type Target, findTarget } from './find-target.ts'
import { apiKeyPlaces, readCredentials, tokenPlaces } from './request-credentials.ts'
import { Refusal } from './refusal.ts'
import type { TokenCache } from './token-cache.ts'

/**
 * Finds out who sent a request and what it asks for: app, endpoint, user, platform. A promise comes back only when
 * a signature has to be checked. Throws, or rejects with, the Refusal or ProblemError that keeps it out.
 */
export function identify(
  asked: AskedRequest,
  directory: AppDirectory,
  cache: TokenCache<App>,
): Promise<void> | undefined {
  const token = identifyApp(asked, directory)
  return identifyUser(asked, findTarget(asked), token, cache)
}

/**
 * Finds out which app sent the request and removes the credentials from its query. Throws the problem that
 * refuses it.
 */
function identifyApp(asked: AskedRequest, directory: AppDirectory): string | undefined {
  const { identity } = asked.inForce.contract
  const credentials = readCredentials(identity, asked.headers, asked.query)
  asked.query = credentials.query
  if (credentials.apiKey === undefined) {
    throw new ProblemError('missing-api-key', `Send the API key in ${apiKeyPlaces(identity)}.`)
  }
  const app = directory.byKey(credentials.apiKey)
  if (!app) throw new ProblemError('unknown-api-key', 'No app has this API key.')
  asked.app = app
  if (app.suspended) throw new ProblemError('app-suspended', 'The provider has suspended this app.')
  return credentials.token
}

/**
 * Finds out who the user is and on which platform, as the endpoint asks. A promise comes back only when a
 * signature has to be checked; a token that was seen before costs a look-up. Throws the problem that refuses.
 */
function identifyUser(
  asked: AskedRequest,
  target: Target,
  token: string | undefined,
  cache: TokenCache<App>,
): Promise<void> | undefined {
  const { contract, tokens } = asked.inForce
  const app = asked.app!
  if (!tokens || !target.token) {
    bear(asked, target, undefined)
    return undefined
  }
  if (token === undefined) {
    throw new ProblemError('missing-token', `Send a token in ${tokenPlaces(contract.identity)}.`)
  }
  const known = cache.get(token, app, asked.arrivedMs)
  if (known) {
    bear(asked, target, known)
    return undefined
  }
  return verify(asked, token, cache).then(facts => bear(asked, target, facts))
}

async function verify(asked: AskedRequest, token: string, cache: TokenCache<App>): Promise<TokenFacts> {
  const app = asked.app as App
  const tokens = asked.inForce.tokens!
  const verdict = await tokens.verify(token, app, asked.arrivedMs)
  if (!verdict.ok) {
    const problem = new ProblemError(verdict.code, sentence(verdict.detail))
    if (verdict.code !== 'keys-unreachable') throw problem
    // Sooner than the key set is fetched again, the same token gets the same answer.
    const waitSeconds = Math.max(1, Math.ceil(tokens.retryAfterMs() / 1000))
    throw new Refusal('failed', problem, ['Retry-After', String(waitSeconds)])
  }
  cache.put(token, app, verdict.facts)
  return verdict.facts
}

/** Takes the token's facts over; without a token there is no user, and the headers tell the platform. */
function bear(asked: AskedRequest, target: Target, facts: TokenFacts | undefined): void {
  const { contract, platforms } = asked.inForce
  asked.serverToken = facts?.server ?? false
  asked.user = facts?.user
  asked.endpoint = target.endpoint
  asked.platform = platforms.of(asked.serverToken, asked.headers)
  if (target.endpoint === RATE_LIMITS_ENDPOINT && contract.identity.token && !asked.serverToken) {
    throw new ProblemError('server-token-required', 'Rate limits are shown to server tokens only.')
  }
}

function sentence(detail: string): string {
  return `${detail[0]!.toUpperCase()}${detail.slice(1)}.`
}
