import { ProblemError } from '../../http/problem.ts'
import { rateLimitProblem } from '../../http/rate-limit-fields.ts'
import type { SharedCounters } from '../counters/shared-memory.ts'
import type { AskedRequest } from './asked-request.ts'
import { Refusal } from './refusal.ts'

/** Decides about an identified request and counts it. Throws the Refusal of one that is not admitted. */
export function admit(asked: AskedRequest, counters: SharedCounters): void {
  const scope = asked.app!.scope(asked.endpoint!, asked.platform!)
  asked.scope = scope
  const user = asked.serverToken ? undefined : asked.user
  const decision = counters.take(scope.counters, scope.limits, user)
  if (!decision) {
    // No room for a new counter: the contract has said what then holds (docs/limits.md).
    if (asked.inForce.contract.limits.whenCountersAreUnreachable === 'open') return
    throw new Refusal('failed', new ProblemError('counters-unreachable', 'The counters are full.'), [
      'Retry-After',
      '1',
    ])
  }
  asked.decision = decision
  if (!decision.admitted) {
    throw new Refusal('limited', rateLimitProblem(decision, scope.endpoint, scope.platform))
  }
}
