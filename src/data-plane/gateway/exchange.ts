import type { Duplex } from 'node:stream'
import type { ProblemError } from '../../http/problem.ts'
import { newRequestId } from '../../http/request-id.ts'
import type { Outcome } from '../../store/recording.ts'
import { type Answer, problemAnswer } from '../decide/answer.ts'
import type { AskedRequest } from '../decide/asked-request.ts'
import type { Reservation } from '../plans/plan-gate.ts'
import type { ClientRequest, ClientResponse } from './client-message.ts'

/** What wants to become a WebSocket. */
export interface Upgrade {
  readonly socket: Duplex
  /** What the client sent behind its request. */
  readonly head: Buffer
  /** Takes the connection away from the response: from then on nothing but `socket` writes to it. */
  readonly release: () => void
}

/** One request on its way through the gateway: what is decided about it, and what carries it. */
export interface Exchange extends AskedRequest {
  readonly request: ClientRequest
  readonly response: ClientResponse
  readonly upgrade: Upgrade | undefined
  readonly startedAt: number
  /** A place within the plan's hard numbers, set aside until the outcome is known. */
  reservation: Reservation | undefined
  /** True once a WebSocket is open. */
  opened: boolean
  /** What the response's headers said; its body may still change that. */
  headOutcome: Outcome | undefined
  /** Set once, when the outcome is known. */
  outcome: Outcome | undefined
}

/** A request of which nothing is known yet but how it came. */
export function newExchange(
  came: Pick<Exchange, 'request' | 'response' | 'upgrade' | 'inForce' | 'arrivedMs'>,
): Exchange {
  const { request, upgrade } = came
  const url = request.url!
  const mark = url.indexOf('?')
  return {
    ...came,
    requestId: newRequestId(),
    startedAt: performance.now(),
    method: request.method!,
    headers: request.headers,
    websocket: upgrade !== undefined,
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark),
    app: undefined,
    endpoint: undefined,
    platform: undefined,
    user: undefined,
    serverToken: false,
    scope: undefined,
    decision: undefined,
    reservation: undefined,
    opened: false,
    headOutcome: undefined,
    outcome: undefined,
  }
}

/** Answers in Weir's own name. Does nothing if the client has gone. */
export function answer({ response }: Exchange, { status, fields, body }: Answer): void {
  if (response.destroyed || response.headersSent) return
  response.writeHead(status, [...fields])
  response.end(body)
}

/** Answers with an RFC 9457 problem; its status is the code's. */
export function answerProblem(
  exchange: Exchange,
  problem: ProblemError,
  fields: readonly string[] = [],
): void {
  answer(exchange, problemAnswer(exchange, { problem, fields }))
}
