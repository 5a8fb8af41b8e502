import { type ClientErrorCode, type ErrorCode, clientErrors } from './error-codes.ts'
import { type Metadata, withoutAnswer } from './metadata.ts'

export interface WeirErrorFacts {
  readonly code: ErrorCode
  readonly detail: string
  readonly metadata: Metadata
  readonly title?: string | undefined
  readonly fix?: string | undefined
  readonly scope?: string | undefined
  readonly violatedPolicies?: readonly string[] | undefined
  readonly endpoint?: string | undefined
  readonly platform?: string | undefined
  readonly body?: unknown
  readonly local?: boolean | undefined
  readonly cause?: unknown
}

/** Every call that does not succeed rejects with one, except that an aborted call rejects with its signal's reason. */
export class WeirError extends Error {
  override readonly name = 'WeirError'
  /** Branch on this: titles and details may be worded better one day. */
  readonly code: ErrorCode
  /** The HTTP status; 0 when no answer came. */
  readonly status: number
  readonly title: string | undefined
  readonly detail: string
  /** What can be done about it. */
  readonly fix: string | undefined
  readonly requestId: string | undefined
  /** Of a limit: `user`, `app`, `burst`, or `plan`, for which waiting does not help. */
  readonly scope: string | undefined
  /** All limits that had nothing left. */
  readonly violatedPolicies: readonly string[]
  readonly endpoint: string | undefined
  readonly platform: string | undefined
  /** The body as it came: parsed if it is JSON. */
  readonly body: unknown
  /** True when this client refused by itself, by what it knew of the limit; nothing was sent. */
  readonly local: boolean
  readonly metadata: Metadata

  constructor(facts: WeirErrorFacts) {
    super(facts.detail, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.code = facts.code
    this.status = facts.metadata.responseCode
    this.title = facts.title
    this.detail = facts.detail
    this.fix = facts.fix
    this.requestId = facts.metadata.requestId
    this.scope = facts.scope
    this.violatedPolicies = facts.violatedPolicies ?? []
    this.endpoint = facts.endpoint
    this.platform = facts.platform
    this.body = facts.body
    this.local = facts.local ?? false
    this.metadata = facts.metadata
  }
}

/** An error that the client found out by itself. */
export function clientError(
  code: ClientErrorCode,
  detail: string,
  { metadata, body, cause }: { metadata: Metadata; body?: unknown; cause?: unknown },
): WeirError {
  return new WeirError({ code, detail, fix: clientErrors[code], metadata, body, cause })
}

export function networkError(cause: unknown, tries: number): WeirError {
  const why = cause instanceof Error ? innermost(cause).message : String(cause)
  const detail = `No whole answer came: ${why}`
  return clientError('network-error', detail, { metadata: withoutAnswer(tries), cause })
}

/** An answer that is no success: a problem (RFC 9457) of Weir's or of the API behind it, or any other body. */
export function answeredError(body: unknown, metadata: Metadata): WeirError {
  const problem = isObject(body) ? body : {}
  const code = text(problem['code'])
  const title = text(problem['title'])
  const detail = text(problem['detail']) ?? title ?? `The answer has the status ${metadata.responseCode}.`
  if (code === undefined) return clientError('http-error', detail, { metadata, body })
  const violated = problem['violated-policies']
  const requestId = metadata.requestId ?? text(problem['requestId'])
  return new WeirError({
    code,
    title,
    detail,
    fix: text(problem['fix']),
    scope: text(problem['scope']),
    violatedPolicies: Array.isArray(violated) ? violated.filter(name => typeof name === 'string') : [],
    endpoint: text(problem['endpoint']),
    platform: text(problem['platform']),
    body,
    metadata: { ...metadata, requestId },
  })
}

/** Where fetch itself only says "fetch failed". */
function innermost(error: Error): Error {
  return error.cause instanceof Error ? innermost(error.cause) : error
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
