import type { Hook } from '@hono/zod-openapi'
import { HTTPException } from 'hono/http-exception'
import { errors } from '../../http/errors.ts'
import { PROBLEM_TYPE, problemBody, ProblemError, toProblem } from '../../http/problem.ts'
import type { ApiContext, ApiEnv, ControlDeps } from './deps.ts'
import type { RouteShapes } from './route-shapes.ts'
import { mistakesIn } from './validation-words.ts'

/** Answers anything thrown as an RFC 9457 problem. What nobody foresaw goes to the log, with its cause. */
export function answerProblem({ log }: Pick<ControlDeps, 'log'>, c: ApiContext, thrown: unknown): Response {
  const { requestId } = c.var
  const problem = fromStore(thrown) ?? fromHono(thrown) ?? toProblem(thrown)
  if (problem.status >= 500) log.error({ requestId, err: thrown }, 'a request failed')
  if (problem.status === 401) c.header('www-authenticate', 'Bearer')
  c.header('content-type', PROBLEM_TYPE)
  return c.body(JSON.stringify(problemBody(problem, requestId)), errors[problem.code].status)
}

/** What a route's schema refuses, by path: held against it again, for words that say what was expected. */
export function refuseInvalid(shapeOf: RouteShapes): Hook<unknown, ApiEnv, string, Promise<void>> {
  return async (result, c) => {
    if (result.success) return
    const shape = shapeOf(c)
    const isQuery = result.target === 'query'
    const own = isQuery ? shape?.query : shape?.body
    const mistakes = own === undefined ? [] : await mistakesIn(own, (result as Refused).data)
    const detail = mistakes
      .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
      .join(' ')
    throw new ProblemError(isQuery ? 'invalid-query' : 'invalid-body', detail, { mistakes })
  }
}

/** The validator passes on what it looked at, which its type does not say. */
interface Refused {
  readonly data?: unknown
}

/** Of the framework's own exceptions, only those about the request's form are left to happen. */
function fromHono(thrown: unknown): ProblemError | undefined {
  if (!(thrown instanceof HTTPException) || thrown.status >= 500) return undefined
  return new ProblemError('malformed-request', thrown.message || 'The request could not be read.')
}

/** SQLite's codes for: busy, locked, cannot open, full, I/O error, read-only. */
const UNREACHABLE = new Set([5, 6, 8, 10, 13, 14])

function fromStore(thrown: unknown): ProblemError | undefined {
  if (!(thrown instanceof Error) || !('errcode' in thrown) || typeof thrown.errcode !== 'number')
    return undefined
  // The low byte is the primary code, the rest says more about it.
  if (!UNREACHABLE.has(thrown.errcode & 0xff)) return undefined
  return new ProblemError('store-unreachable', 'The database cannot be read or written at the moment.')
}
