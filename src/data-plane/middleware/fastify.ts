import type { IncomingMessage, ServerResponse } from 'node:http'
import { speakThrough } from './node-response.ts'
import type { Weir, WeirFacts } from './weir.ts'

/** What is used of Fastify. */
interface FastifyRequest {
  readonly raw: IncomingMessage
  readonly originalUrl: string
}
interface FastifyReply {
  readonly raw: ServerResponse
  code(status: number): unknown
  header(name: string, value: string): unknown
  send(payload?: Buffer): unknown
}
interface FastifyInstance {
  decorateRequest(name: 'weir', value: null): unknown
  addHook(
    name: 'onRequest',
    hook: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
  ): unknown
}

/**
 * A Fastify plugin: `await app.register(fastifyWeir(weir))`. It keeps the routes of the instance that it is
 * registered with, those that do not exist among them.
 */
export function fastifyWeir(weir: Weir): (app: FastifyInstance) => Promise<void> {
  const plugin = async (app: FastifyInstance): Promise<void> => {
    app.decorateRequest('weir', null)
    app.addHook('onRequest', async (request, reply) => {
      const { originalUrl, raw } = request
      const incoming = { method: raw.method!, target: originalUrl, headers: raw.headers }
      const verdict = await weir.decide({ ...incoming, websocket: 'no' })
      if (verdict.kind === 'answered') {
        const { status, fields, body } = verdict.answer
        reply.code(status)
        for (let i = 0; i < fields.length; i += 2) reply.header(fields[i]!, fields[i + 1]!)
        // As text it would be given a charset, which no other answer of Weir's has.
        reply.send(body === undefined ? body : Buffer.from(body))
        return reply
      }
      ;(request as { weir?: WeirFacts }).weir = verdict.facts
      speakThrough(reply.raw, verdict.fields)
      return undefined
    })
  }
  // A plugin's hooks are its own unless it says so: these are meant for whoever registers it.
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'weir',
  })
}

/** What was found out about an admitted request. Throws if no Weir stood in its way. */
export function weirOf(request: FastifyRequest): WeirFacts {
  const { weir } = request as { weir?: WeirFacts | null }
  if (!weir)
    throw new Error('no Weir stood before this handler: register fastifyWeir(weir) with its instance')
  return weir
}
