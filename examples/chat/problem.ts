/** What went wrong, as clients see it: over HTTP as an RFC 9457 problem, over a socket as an `error` event. */

const problems = {
  'bad-request': { status: 400, title: 'The request is not understood' },
  'bad-signature': { status: 401, title: 'The request did not come through Weir' },
  'not-a-member': { status: 403, title: 'Only members may do that' },
  'not-allowed': { status: 403, title: 'The acting user may not do that' },
  'not-found': { status: 404, title: 'There is no such thing' },
  conflict: { status: 409, title: 'That contradicts what is there' },
  'too-large': { status: 413, title: 'The body is too large' },
  'upgrade-required': { status: 426, title: 'This path takes WebSockets only' },
  'internal-error': { status: 500, title: 'The chat API failed' },
} as const

export class Problem extends Error {
  readonly code: keyof typeof problems

  constructor(code: keyof typeof problems, detail: string) {
    super(detail)
    this.name = 'Problem'
    this.code = code
  }
}

/** Anything thrown. What was not meant for clients is not shown to them: the log has it. */
export function toProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown
  return new Problem('internal-error', 'Something failed that should not have; the log has the cause.')
}

export function problemResponse(problem: Problem, requestId: string | undefined): Response {
  const { status, title } = problems[problem.code]
  const body = { title, status, detail: problem.message, code: problem.code, request_id: requestId }
  const headers = {
    'content-type': 'application/problem+json',
    ...(status === 426 && { upgrade: 'websocket' }),
  }
  return new Response(JSON.stringify(body), { status, headers })
}
