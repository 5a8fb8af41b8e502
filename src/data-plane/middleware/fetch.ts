import type { Answer } from '../decide/answer.ts'
import type { OwnFields, Verdict, Weir, WeirFacts } from './weir.ts'

/**
 * A handler of requests as the Fetch standard has them, kept by the contract: `handler` gets only what was admitted,
 * and what Weir found out; whatever else the server passes (environment, connection) follows. What `handler`
 * throws is thrown on.
 */
export function fetchHandler<Rest extends unknown[]>(
  weir: Weir,
  handler: (request: Request, facts: WeirFacts, ...rest: Rest) => Response | Promise<Response>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    const verdict = await decideFetch(weir, request)
    if (verdict.kind === 'answered') return answerResponse(verdict.answer)
    return withFields(await handler(request, verdict.facts, ...rest), verdict.fields)
  }
}

/**
 * Decides about a Fetch request. Its URL has been normalized: what is decided about is what the handler sees too.
 */
export function decideFetch(weir: Weir, request: Request): Promise<Verdict> {
  const { pathname, search } = new URL(request.url)
  const headers = Object.fromEntries(request.headers)
  const asks = request.method === 'GET' && headers['upgrade']?.toLowerCase() === 'websocket'
  return weir.decide({
    method: request.method,
    target: pathname + search,
    headers,
    websocket: asks ? 'where-declared' : 'no',
  })
}

export function answerResponse({ status, fields, body }: Answer): Response {
  const headers = new Headers()
  for (let i = 0; i < fields.length; i += 2) headers.append(fields[i]!, fields[i + 1]!)
  return new Response(body ?? null, { status, headers })
}

/** The handler's response with Weir's fields. A 101 is the runtime's own and cannot be copied, so it stays. */
export function withFields(response: Response, { list, replaced }: OwnFields): Response {
  const { status, statusText } = response
  if (status < 200) return response
  const headers = new Headers(response.headers)
  for (const name of replaced) headers.delete(name)
  for (let i = 0; i < list.length; i += 2) headers.append(list[i]!, list[i + 1]!)
  return new Response(response.body, { status, statusText, headers })
}
