import { RATE_LIMITS_ENDPOINT } from '../../core/contract/contract.ts'
import { ProblemError } from '../../http/problem.ts'
import type { AskedRequest } from './asked-request.ts'
import { Refusal } from './refusal.ts'

/** What a request asks for, once its path is matched. */
export interface Target {
  readonly endpoint: string
  /** False for endpoints marked `(no token)`. */
  readonly token: boolean
}

/** Finds the endpoint of a request's path. Throws the Refusal of one that has none. */
export function findTarget({ method, path, inForce, websocket }: AskedRequest): Target {
  const found = inForce.router.match(method, path, websocket)
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
