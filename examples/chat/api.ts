import { Hono, type MiddlewareHandler } from 'hono'
import type { Logger } from 'pino'
import type { CallEnv } from './call.ts'
import { callerOf, requestIdOf } from './caller.ts'
import { getOrCreateChannel, markRead, queryChannels } from './channel-endpoints.ts'
import type { Chat } from './chat.ts'
import { socketOwner } from './connect.ts'
import { search, sendEvent, sendMessage } from './message-endpoints.ts'
import { Problem, problemResponse, toProblem } from './problem.ts'
import { getApp, queryUsers, upsertUsers } from './user-endpoints.ts'

/** The endpoints of openapi.yaml. Connect is among them only to say why an upgrade was refused. */
export function createApi(chat: Chat, upstreamKey: string | undefined, log: Logger): Hono<CallEnv> {
  const api = new Hono<CallEnv>()

  api.use(logged(log))
  api.use(async (c, next) => {
    c.set('caller', callerOf(c.env.incoming, upstreamKey))
    c.set('chat', chat)
    await next()
  })

  api.get('/app', getApp)
  api.post('/users', upsertUsers)
  api.get('/users', queryUsers)
  api.post('/channels', queryChannels)
  api.post('/channels/:type/:id/query', getOrCreateChannel)
  api.post('/channels/:type/:id/message', sendMessage)
  api.post('/channels/:type/:id/event', sendEvent)
  api.post('/channels/:type/:id/read', markRead)
  api.get('/search', search)
  api.get('/connect', c => {
    socketOwner(c.var.caller)
    throw new Problem('upgrade-required', 'Open a WebSocket to /connect.')
  })

  api.notFound(c => {
    const problem = new Problem('not-found', `There is no ${c.req.method} ${c.req.path}.`)
    return problemResponse(problem, requestIdOf(c.env.incoming))
  })
  api.onError((error, c) => {
    const problem = toProblem(error)
    const request_id = requestIdOf(c.env.incoming)
    if (problem.code === 'internal-error') log.error({ err: error, request_id }, 'a request failed')
    return problemResponse(problem, request_id)
  })
  return api
}

/** A line a request, with the id Weir knows it by. The query stays out: it holds what people search for. */
function logged(log: Logger): MiddlewareHandler<CallEnv> {
  return async (c, next) => {
    const start = performance.now()
    await next()
    const ms = Math.round(performance.now() - start)
    const { method, path } = c.req
    log.info({
      request_id: requestIdOf(c.env.incoming),
      ...c.var.caller,
      method,
      path,
      status: c.res.status,
      ms,
    })
  }
}
