import { on, once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { WebSocket } from 'ws'
import { parse } from 'yaml'
import { z } from 'zod'
import { type ChatOptions, createChatServer } from './server.ts'

/** What the tests share: a real server, and clients that hold all they receive against openapi.yaml. */
export async function startChat(options: Partial<ChatOptions> = {}) {
  const server = await createChatServer({ database: ':memory:', ...options })
  const { url } = await server.listen(0)
  return {
    url,
    close: () => server.close(),
    /** `request` is `METHOD /path`; a body that is text goes as it stands. */
    async call(who: Who, request: string, body?: unknown, more: Record<string, string> = {}) {
      const [method = '', path = ''] = request.split(' ')
      const init = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
      const response = await fetch(url + path, { method, headers: { ...headersOf(who), ...more }, ...init })
      const answer: unknown = await response.json()
      assertDocumented(method, path, response, answer)
      return { status: response.status, body: answer }
    },
    connect: (who: Who) => connect(url, who),
  }
}

export interface Who {
  readonly app?: string
  readonly user?: string
}

export function headersOf({ app = 'app-1', user }: Who): Record<string, string> {
  return { 'weir-app': app, ...(user !== undefined && { 'weir-user': encodeURIComponent(user) }) }
}

async function connect(url: string, who: Who) {
  const socket = new WebSocket(`${url}/connect`, { headers: headersOf(who) })
  const messages = on(socket, 'message')
  const closed = once(socket, 'close').then(([code]) => Number(code))
  await once(socket, 'open')
  return {
    socket,
    /** The code, once it is closed. */
    closed,
    send: (message: unknown) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    /** The next event; a test that waits for one that never comes fails by its time limit. */
    async next(): Promise<unknown> {
      const { value = [] } = await messages.next()
      const event: unknown = JSON.parse(String(value[0]))
      assertValid('/components/schemas/Event', event)
      return event
    },
  }
}

const operation = z.object({
  operationId: z.string(),
  parameters: z.array(z.object({ name: z.string(), required: z.boolean().default(false) })).default([]),
  requestBody: z.object({ content: z.record(z.string(), z.object({ schema: z.json() })) }).optional(),
  responses: z.record(z.string(), z.looseObject({})),
})
const pathItem = z.object({ get: operation.optional(), post: operation.optional() })
const text = readFileSync(new URL('openapi.yaml', import.meta.url), 'utf8')

export const openapi = z.looseObject({ paths: z.record(z.string(), pathItem) }).parse(parse(text))

export const operations = Object.entries(openapi.paths).flatMap(([path, { get, post }]) => [
  ...(get === undefined ? [] : [{ method: 'GET', path, ...get }]),
  ...(post === undefined ? [] : [{ method: 'POST', path, ...post }]),
])

/** `OPERATION STATUS` of every answer so far. */
export const answered = new Set<string>()

const formats = { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, uuid: /^[0-9a-f-]{36}$/ }
const ajv = new Ajv2020({ allErrors: true, strict: false, formats }).addSchema(parse(text), 'chat')

function assertDocumented(
  method: string,
  target: string,
  { status, headers }: Response,
  body: unknown,
): void {
  const [path = ''] = target.split('?')
  const found = operations.find(each => each.method === method && pattern(each.path).test(path))
  const type = status < 300 ? 'application/json' : 'application/problem+json'
  if (headers.get('content-type') !== type) throw new Error(`${status} as ${headers.get('content-type')}`)
  if (found === undefined || status >= 400) {
    assertValid('/components/schemas/Problem', body)
    return
  }
  answered.add(`${found.operationId} ${status}`)
  const place = `${found.path.replaceAll('/', '~1')}/${method.toLowerCase()}/responses/${status}`
  assertValid(`/paths/${place}/content/application~1json/schema`, body)
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`)
}

function assertValid(pointer: string, value: unknown): void {
  const validate = ajv.compile({ $ref: `chat#${encodeURI(pointer)}` })
  if (validate(value)) return
  throw new Error(`${JSON.stringify(value)} is not ${pointer}: ${ajv.errorsText(validate.errors)}`)
}
