import { ProblemError } from '../../http/problem.ts'
import type { ApiMiddleware } from './deps.ts'

/** Refuses a body that is not JSON with a sentence that says where it breaks. */
export const readableJson: ApiMiddleware = async (c, next) => {
  const text = c.req.method === 'GET' || c.req.method === 'HEAD' ? '' : await c.req.text()
  if (text !== '') {
    const type = c.req.header('content-type')
    if (type === undefined || !/^application\/json *(;|$)/i.test(type)) {
      throw new ProblemError('invalid-body', 'Send the body as JSON, with `content-type: application/json`.')
    }
    parse(text)
  }
  await next()
}

function parse(text: string): void {
  try {
    JSON.parse(text)
  } catch (error) {
    const problem = new ProblemError('invalid-body', `The body is not JSON${whereIn(text, error)}.`)
    problem.cause = error
    throw problem
  }
}

/** The engine's message quotes the body, which may hold a secret: only its position is passed on. */
function whereIn(text: string, error: unknown): string {
  const found = error instanceof Error ? /at position (\d+)/.exec(error.message)?.[1] : undefined
  if (found === undefined) return ': it ends too early, or holds an unexpected character'
  const before = text.slice(0, Number(found)).split('\n')
  return `: line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
}
