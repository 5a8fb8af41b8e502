import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Decision } from '../../core/limits/decision.ts'
import { corsFields } from '../../http/cors.ts'
import { errors } from '../../http/errors.ts'
import { PROBLEM_TYPE, ProblemError, problemBody } from '../../http/problem.ts'
import { REQUEST_ID_FIELD } from '../../http/request-id.ts'
import { rateLimitFields } from '../../http/rate-limit-fields.ts'
import type { Outcome } from '../../store/recording.ts'
import type { Reservation } from '../plans/plan-gate.ts'
import type { App, ContractInForce, Scope } from './app-directory.ts'

/** One request on its way through the gateway, and what has been found out about it so far. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** For an upgrade: the raw connection, and what the client sent behind its request. */
  readonly upgrade: { readonly socket: Duplex; readonly head: Buffer } | undefined
  readonly requestId: string
  readonly arrivedMs: number
  readonly startedAt: number
  readonly inForce: ContractInForce
  /** Without the query. */
  readonly path: string
  app: App | undefined
  endpoint: string | undefined
  platform: string | undefined
  user: string | undefined
  serverToken: boolean
  scope: Scope | undefined
  decision: Decision | undefined
  /** The query without credentials, from its `?`. */
  query: string
  /** A place within the plan's hard numbers, set aside until the outcome is known. */
  reservation: Reservation | undefined
  /** True once a WebSocket is open. */
  opened: boolean
  /** What the response's headers said; its body may still change that. */
  headOutcome: Outcome | undefined
  /** Set once, when the outcome is known. */
  outcome: Outcome | undefined
}

/** Fields that every answer to this request carries, whoever wrote it, as a flat list of names and values. */
export function commonFields(exchange: Exchange): string[] {
  const { cors } = exchange.inForce.contract
  const fields = [REQUEST_ID_FIELD, exchange.requestId]
  if (cors) fields.push(...corsFields(cors, exchange.request.headers.origin))
  if (exchange.decision) fields.push(...rateLimitFields(exchange.decision))
  return fields
}

/** Answers in Weir's own name. Does nothing if the client has gone. */
export function answer(
  exchange: Exchange,
  status: number,
  content: { readonly type: string; readonly body: string } | undefined,
  fields: readonly string[] = [],
): void {
  const { response } = exchange
  if (response.destroyed || response.headersSent) return
  const head = [...commonFields(exchange), ...fields]
  if (content) {
    head.push('Content-Type', content.type, 'Content-Length', String(Buffer.byteLength(content.body)))
  }
  response.writeHead(status, head)
  response.end(content?.body)
}

export function answerJson(exchange: Exchange, value: unknown): void {
  answer(exchange, 200, { type: 'application/json', body: JSON.stringify(value) })
}

/** Answers with an RFC 9457 problem; its status is the code's unless `error` says otherwise. */
export function answerProblem(exchange: Exchange, error: ProblemError, fields: readonly string[] = []): void {
  const { status } = errors[error.code]
  const body = JSON.stringify(problemBody(error, exchange.requestId))
  answer(exchange, status, { type: PROBLEM_TYPE, body }, [...fields, ...statusFields(status)])
}

/** RFC 9110: a 401 names how to authenticate. */
function statusFields(status: number): string[] {
  return status === 401 ? ['WWW-Authenticate', 'Bearer'] : []
}
