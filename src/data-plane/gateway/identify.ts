import { RATE_LIMITS_ENDPOINT } from '../../core/contract/contract.ts'
import { ProblemError } from '../../http/problem.ts'
import type { TokenFacts } from '../../identity/tokens.ts'
import type { App, AppDirectory } from './app-directory.ts'
import { apiKeyPlaces, readCredentials, tokenPlaces } from './credentials.ts'
import type { Exchange } from './exchange.ts'
import type { TokenCache } from './token-cache.ts'

/** What a request asks for, once its path is matched. */
export interface Target {
  readonly endpoint: string
  /** False for endpoints marked `(no token)`. */
  readonly token: boolean
}

/**
 * Finds out which app sent the request and removes the credentials from its query. Throws the problem that
 * refuses it.
 */
export function identifyApp(exchange: Exchange, directory: AppDirectory): string | undefined {
  const { identity } = exchange.inForce.contract
  const credentials = readCredentials(identity, exchange.request.headers, exchange.query)
  exchange.query = credentials.query
  if (credentials.apiKey === undefined) {
    throw new ProblemError('missing-api-key', `Send the API key in ${apiKeyPlaces(identity)}.`)
  }
  const app = directory.byKey(credentials.apiKey)
  if (!app) throw new ProblemError('unknown-api-key', 'No app has this API key.')
  exchange.app = app
  if (app.suspended) throw new ProblemError('app-suspended', 'The provider has suspended this app.')
  return credentials.token
}

/**
 * Finds out who the user is and on which platform, as the endpoint asks. A promise comes back only when a
 * signature has to be checked; a token that was seen before costs a look-up. Throws the problem that refuses.
 */
export function identifyUser(
  exchange: Exchange,
  target: Target,
  token: string | undefined,
  cache: TokenCache<App>,
): Promise<void> | undefined {
  const { contract, tokens } = exchange.inForce
  const app = exchange.app!
  if (!tokens || !target.token) {
    bear(exchange, target, undefined)
    return undefined
  }
  if (token === undefined) {
    throw new ProblemError('missing-token', `Send a token in ${tokenPlaces(contract.identity)}.`)
  }
  const known = cache.get(token, app, exchange.arrivedMs)
  if (known) {
    bear(exchange, target, known)
    return undefined
  }
  return verify(exchange, token, cache).then(facts => bear(exchange, target, facts))
}

async function verify(exchange: Exchange, token: string, cache: TokenCache<App>): Promise<TokenFacts> {
  const app = exchange.app as App
  const verdict = await exchange.inForce.tokens!.verify(token, app, exchange.arrivedMs)
  if (!verdict.ok) throw new ProblemError(verdict.code, sentence(verdict.detail))
  cache.put(token, app, verdict.facts)
  return verdict.facts
}

/** Takes the token's facts over; without a token there is no user, and the headers tell the platform. */
function bear(exchange: Exchange, target: Target, facts: TokenFacts | undefined): void {
  const { contract, platforms } = exchange.inForce
  exchange.serverToken = facts?.server ?? false
  exchange.user = facts?.user
  exchange.endpoint = target.endpoint
  exchange.platform = platforms.of(exchange.serverToken, exchange.request.headers)
  if (target.endpoint === RATE_LIMITS_ENDPOINT && contract.identity.token && !exchange.serverToken) {
    throw new ProblemError('server-token-required', 'Rate limits are shown to server tokens only.')
  }
}

function sentence(detail: string): string {
  return `${detail[0]!.toUpperCase()}${detail.slice(1)}.`
}
