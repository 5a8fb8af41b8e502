import { answerResponse, decideFetch, withFields } from './fetch.ts'
import type { Weir, WeirFacts } from './weir.ts'

/** For `new Hono<WeirEnv>()`: `c.var.weir` holds what was found out about the request. */
export interface WeirEnv {
  Variables: { weir: WeirFacts }
}

/** What is used of Hono's context. */
interface HonoContext {
  readonly req: { readonly raw: Request }
  get res(): Response
  set res(response: Response | undefined)
  set(key: 'weir', facts: WeirFacts): void
}

/** Hono middleware: `app.use(honoWeir(weir))`, before whatever should be kept by the contract. */
export function honoWeir(
  weir: Weir,
): (context: HonoContext, next: () => Promise<void>) => Promise<Response | void> {
  return async (context, next) => {
    const verdict = await decideFetch(weir, context.req.raw)
    if (verdict.kind === 'answered') return answerResponse(verdict.answer)
    context.set('weir', verdict.facts)
    await next()
    const response = withFields(context.res, verdict.fields)
    // Hono writes the fields of a response that is there over those of the one that replaces it.
    context.res = undefined
    context.res = response
    return undefined
  }
}
