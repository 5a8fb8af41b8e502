import { corsFields, isPreflight, preflightFields } from '../../http/cors.ts'
import { errors } from '../../http/errors.ts'
import { PROBLEM_TYPE, problemBody } from '../../http/problem.ts'
import { rateLimitFields } from '../../http/rate-limit-fields.ts'
import { REQUEST_ID_FIELD } from '../../http/request-id.ts'
import type { AskedRequest } from './asked-request.ts'
import type { Refusal } from './refusal.ts'

/** What Weir itself answers a request with; whoever carries the request writes it. */
export interface Answer {
  readonly status: number
  /** All of its header fields, as a flat list of names and values. */
  readonly fields: readonly string[]
  readonly body: string | undefined
}

/** Fields that every answer to this request carries, whoever wrote it, as a flat list of names and values. */
export function commonFields(asked: AskedRequest): string[] {
  const { cors } = asked.inForce.contract
  const fields = [REQUEST_ID_FIELD, asked.requestId]
  if (cors) {
    const { origin } = asked.headers
    fields.push(...corsFields(cors, typeof origin === 'string' ? origin : undefined))
  }
  if (asked.decision) fields.push(...rateLimitFields(asked.decision))
  return fields
}

/** The answer to a browser's preflight, if the contract has CORS and this is one. It is counted nowhere. */
export function preflightAnswer(asked: AskedRequest): Answer | undefined {
  const { cors, endpoints, unmatched } = asked.inForce.contract
  if (!cors || !isPreflight(asked.method, asked.headers)) return undefined
  // With a name for what matches nothing, any method may be meant, and the API says which it takes.
  const declared = unmatched === undefined ? endpoints.map(({ method }) => method) : ANY_METHOD
  const methods = [...new Set(['GET', 'HEAD', ...declared])]
  const fields = [...commonFields(asked), ...preflightFields(cors, methods)]
  return { status: 204, fields, body: undefined }
}

const ANY_METHOD = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

export function jsonAnswer(asked: AskedRequest, value: unknown): Answer {
  return withBody(200, commonFields(asked), 'application/json', JSON.stringify(value))
}

/** An RFC 9457 problem. */
export function problemAnswer(asked: AskedRequest, { problem, fields }: Pick<Refusal, 'problem' | 'fields'>) {
  const { status } = errors[problem.code]
  const all = [...commonFields(asked), ...fields]
  // RFC 9110: a 401 names how to authenticate.
  if (status === 401) all.push('WWW-Authenticate', 'Bearer')
  return withBody(status, all, PROBLEM_TYPE, JSON.stringify(problemBody(problem, asked.requestId)))
}

function withBody(status: number, fields: string[], type: string, body: string): Answer {
  fields.push('Content-Type', type, 'Content-Length', String(Buffer.byteLength(body)))
  return { status, fields, body }
}
