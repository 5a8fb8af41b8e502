import type { IncomingMessage, ServerResponse } from 'node:http'
import { speakThrough } from './node-response.ts'
import type { Verdict, Weir, WeirFacts } from './weir.ts'

/** What is used of Express's request, and of that of every server with middleware of this form. */
type ExpressRequest = IncomingMessage & { readonly originalUrl?: string; weir?: WeirFacts }

/** Express middleware, version 4 and 5: `app.use(expressWeir(weir))`, before whatever should be kept. */
export function expressWeir(
  weir: Weir,
): (request: ExpressRequest, response: ServerResponse, next: (error?: unknown) => void) => Promise<void> {
  return async (request, response, next) => {
    let verdict: Verdict
    try {
      verdict = await weir.decide({
        method: request.method!,
        // Below a prefix `url` lacks it; the contract speaks of what clients ask for.
        target: request.originalUrl ?? request.url!,
        headers: request.headers,
        // An upgrade does not come this way: a request that asks for one is taken for a plain one.
        websocket: 'no',
      })
    } catch (error) {
      next(error)
      return
    }
    if (verdict.kind === 'answered') {
      const { status, fields, body } = verdict.answer
      response.writeHead(status, [...fields])
      response.end(body)
      return
    }
    request.weir = verdict.facts
    speakThrough(response, verdict.fields)
    next()
  }
}

/** What was found out about an admitted request. Throws if no Weir stood in its way. */
export function weirOf(request: IncomingMessage): WeirFacts {
  const { weir } = request as ExpressRequest
  if (!weir) throw new Error('no Weir stood before this handler: call app.use(expressWeir(weir)) before it')
  return weir
}
