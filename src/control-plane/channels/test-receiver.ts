import { once } from 'node:events'
import { type IncomingHttpHeaders, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A real receiver of webhooks whose answers a test decides; `count` is how many have come, this one included. */
export async function startReceiver(
  answer: (response: ServerResponse, count: number, received: Received) => void = response =>
    response.end('ok'),
) {
  const received: Received[] = []
  const waiting = new Map<number, () => void>()
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => (body += part))
    request.on('end', () => {
      const one = { path: request.url ?? '', headers: request.headers, body }
      received.push(one)
      answer(response, received.length, one)
      waiting.get(received.length)?.()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/weir`,
    port,
    received,
    ids: () => received.map(({ headers }) => String(headers['webhook-id'])),
    /** Resolves when so many have come. */
    async until(count: number) {
      if (received.length >= count) return
      await new Promise<void>(resolve => waiting.set(count, resolve))
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
