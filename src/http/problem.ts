import { type ErrorCode, errors } from './errors.ts'

/** An error on its way to a client. `detail` and `extensions` are shown: they never hold a secret. */
export class ProblemError extends Error {
  readonly code: ErrorCode
  readonly extensions: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, detail: string, extensions: Readonly<Record<string, unknown>> = {}) {
    super(detail)
    this.name = 'ProblemError'
    this.code = code
    this.extensions = extensions
  }

  get status(): number {
    return errors[this.code].status
  }
}

export const PROBLEM_TYPE = 'application/problem+json'

/**
 * The body of an RFC 9457 problem. `type` is `urn:weir:error:CODE` unless an extension replaces it, as a
 * 429 does with the type of draft-ietf-httpapi-ratelimit-headers.
 */
export function problemBody(error: ProblemError, requestId: string): Record<string, unknown> {
  const { title, status, fix } = errors[error.code]
  return {
    type: `urn:weir:error:${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    fix,
    requestId,
    ...error.extensions,
  }
}

/** Anything thrown, as a problem. What was not meant for clients becomes a bare `internal-error`. */
export function toProblem(thrown: unknown): ProblemError {
  if (thrown instanceof ProblemError) return thrown
  return new ProblemError('internal-error', 'Something failed that should not have; the log has the cause.')
}
