import { RATE_LIMITS_ENDPOINT } from '../../core/contract/contract.ts'
import { isPreflight, preflightFields } from '../../http/cors.ts'
import { ProblemError } from '../../http/problem.ts'
import { rateLimitProblem } from '../../http/rate-limit-fields.ts'
import type { SharedCounters } from '../counters/shared-memory.ts'
import { type Exchange, answer } from './exchange.ts'
import type { Target } from './identify.ts'

/** What may keep a request from its way, in words that the gateway's recorder knows. */
export class Refusal extends Error {
  readonly outcome: 'refused' | 'unmatched' | 'limited' | 'failed'
  readonly problem: ProblemError
  readonly fields: readonly string[]

  constructor(outcome: Refusal['outcome'], problem: ProblemError, fields: readonly string[] = []) {
    super(problem.message)
    this.name = 'Refusal'
    this.outcome = outcome
    this.problem = problem
    this.fields = fields
  }
}

/** Finds the endpoint of a request's path. Throws the Refusal of one that has none. */
export function findTarget(exchange: Exchange): Target {
  const { request, path, inForce } = exchange
  const method = request.method!
  const found = inForce.router.match(method, path, exchange.upgrade !== undefined)
  if (found.kind === 'endpoint') return { endpoint: found.endpoint.name, token: found.endpoint.token }
  if (found.kind === 'rate-limits') return { endpoint: RATE_LIMITS_ENDPOINT, token: true }
  if (found.kind === 'malformed') {
    throw new Refusal(
      'refused',
      new ProblemError('malformed-request', `The path can be read in more than one way: ${found.reason}.`),
    )
  }
  const { unmatched } = inForce.contract
  if (unmatched !== undefined) return { endpoint: unmatched, token: true }
  if (found.kind === 'method-not-allowed') {
    const allow = found.allow.join(', ')
    const problem = new ProblemError('method-not-allowed', `${path} takes ${allow}, not ${method}.`)
    throw new Refusal('unmatched', problem, ['Allow', allow])
  }
  if (found.kind === 'upgrade-required') {
    const problem = new ProblemError('upgrade-required', `${path} takes only WebSocket upgrades.`)
    throw new Refusal('unmatched', problem, ['Connection', 'Upgrade', 'Upgrade', 'websocket'])
  }
  throw new Refusal(
    'unmatched',
    new ProblemError('no-such-endpoint', `There is no endpoint ${method} ${path}.`),
  )
}

/** Answers a browser's preflight, if the contract has CORS and this is one. It is counted nowhere. */
export function answerPreflight(exchange: Exchange): boolean {
  const { cors, endpoints, unmatched } = exchange.inForce.contract
  if (!cors || !isPreflight(exchange.request.method!, exchange.request.headers)) return false
  // With a name for what matches nothing, any method may be meant, and the upstream says which it takes.
  const declared = unmatched === undefined ? endpoints.map(({ method }) => method) : ANY_METHOD
  const methods = [...new Set(['GET', 'HEAD', ...declared])]
  answer(exchange, 204, undefined, preflightFields(cors, methods))
  return true
}

const ANY_METHOD = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** Decides about the request and counts it. Throws the Refusal of one that is not admitted. */
export function admit(exchange: Exchange, counters: SharedCounters): void {
  const scope = exchange.app!.scope(exchange.endpoint!, exchange.platform!)
  exchange.scope = scope
  const user = exchange.serverToken ? undefined : exchange.user
  const decision = counters.take(scope.counters, scope.limits, user)
  if (!decision) {
    // No room for a new counter: the contract has said what then holds (docs/limits.md).
    if (exchange.inForce.contract.limits.whenCountersAreUnreachable === 'open') return
    throw new Refusal('failed', new ProblemError('counters-unreachable', 'The counters are full.'), [
      'Retry-After',
      '1',
    ])
  }
  exchange.decision = decision
  if (!decision.admitted) {
    throw new Refusal('limited', rateLimitProblem(decision, scope.endpoint, scope.platform))
  }
}
