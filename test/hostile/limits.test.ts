import { once } from 'node:events'
import type { RequestListener, ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { type TestApp, type TestWeir, eventually, startTestWeir } from '../e2e/harness.ts'
import { connectRaw, head } from '../e2e/raw-client.ts'
import { outcomesOf } from '../e2e/recorded.ts'
import { type SocketUpstream, openSocket, startSocketUpstream } from '../e2e/sockets.ts'
import { unlimited } from './unlimited.ts'

const PEERS = 20

let upstream: SocketUpstream
let listener: RequestListener
let weir: TestWeir
let app: TestApp
let credentials: Record<string, string>

beforeAll(async () => {
  upstream = await startSocketUpstream()
  upstream.server.removeAllListeners('request')
  upstream.server.on('request', (request, response) => listener(request, response))
  weir = await startTestWeir({
    upstream: upstream.url,
    contract: unlimited,
    settings: {
      maxBodyMib: 1,
      headSeconds: 1,
      bodyIdleSeconds: 1,
      uploadSeconds: 2,
      stallSeconds: 1,
      maxConnectionsPerPeer: PEERS,
    },
  })
})

beforeEach(async () => {
  app = await weir.newApp()
  credentials = { 'x-api-key': app.apiKey, authorization: await app.token({ user_id: 'ann' }) }
  listener = (request, response) => request.resume().on('end', () => response.end('ok'))
})

afterAll(async () => {
  await weir.stop()
  await upstream.close()
})

const codeOf = (body: Buffer) => (JSON.parse(body.toString()) as { code: string }).code

describe('a request that does not arrive', () => {
  it('is a 408 when its head takes too long', async () => {
    const client = await connectRaw(weir.weir.gatewayUrl)
    client.write('GET /app HTTP/1.1\r\nhost: x\r\n')
    expect(codeOf((await client.answer()).body)).toBe('request-timeout')
    expect(await client.rest()).toHaveLength(0)
    client.socket.destroy()
  })

  it('is a 408 when its body stands still, and the upstream has not failed', async () => {
    const aborted = Promise.withResolvers<void>()
    listener = request => void request.resume().on('error', () => aborted.resolve())
    const client = await connectRaw(weir.weir.gatewayUrl)
    client.write(head('POST /app', { ...credentials, 'content-length': '10' }) + 'half')
    expect(codeOf((await client.answer()).body)).toBe('request-timeout')
    expect(await client.rest()).toHaveLength(0)
    client.socket.destroy()
    await aborted.promise
    expect(await outcomesOf(weir, app, 1)).toEqual({ refused: 1 })
  })

  it('is a 408 when its body moves for too long', async () => {
    const client = await connectRaw(weir.weir.gatewayUrl)
    client.write(head('POST /app', { ...credentials, 'content-length': '1000' }))
    const drip = setInterval(() => client.write('x'), 100)
    expect(codeOf((await client.answer()).body)).toBe('request-timeout')
    clearInterval(drip)
    client.socket.destroy()
  })

  it('nobody wants is cut too', async () => {
    const client = await connectRaw(weir.weir.gatewayUrl)
    client.write(head('POST /nowhere', { 'content-length': '10' }) + 'half')
    expect((await client.answer()).status).toBe(401)
    expect(await client.rest()).toHaveLength(0)
    client.socket.destroy()
  })
})

it('a body too large behind an answer that has begun cuts the connection', async () => {
  listener = (request, response) => {
    request.resume()
    response.writeHead(200).write('begun')
  }
  const client = await connectRaw(weir.weir.gatewayUrl)
  client.write(head('POST /app', { ...credentials, 'transfer-encoding': 'chunked' }) + '1\r\na\r\n')
  expect((await client.head()).status).toBe(200)
  client.write(`100001\r\n${'a'.repeat(0x100001)}\r\n`)
  expect((await client.rest()).toString()).not.toContain('HTTP/1.1')
  client.socket.destroy()
  expect(await outcomesOf(weir, app, 1)).toEqual({ refused: 1 })
})

it('a client that sends ahead without end is cut, and no more than a hundred wait upstream', async () => {
  const waiting: ServerResponse[] = []
  listener = (_, response) => void waiting.push(response)
  const client = await connectRaw(weir.weir.gatewayUrl)
  client.write(head('GET /app', credentials).repeat(150))
  expect(await client.rest()).toHaveLength(0)
  client.socket.destroy()
  expect(waiting.length).toBeLessThanOrEqual(100)
  listener = (_, response) => response.end()
  for (const response of waiting) response.end()
})

describe('a client that reads nothing', () => {
  it('is cut, and has aborted', async () => {
    listener = (_, response) => {
      const more = (): void => void (response.write(Buffer.alloc(65_536)) ? setImmediate(more) : 0)
      response.on('drain', more)
      more()
    }
    const client = await connectRaw(weir.weir.gatewayUrl)
    client.socket.pause()
    client.write(head('GET /app', credentials))
    expect(await outcomesOf(weir, app, 1)).toEqual({ aborted: 1 })
    client.socket.destroy()
  })

  it.each(['client', 'upstream'] as const)('of a WebSocket is cut, be it %s', async deaf => {
    const accepted = Promise.withResolvers<WebSocket>()
    upstream.onSocket = accepted.resolve
    // Compressed, zeros would fit into any buffer.
    const socket = await openSocket(weir, app, { client: { perMessageDeflate: false } })
    const other = await accepted.promise
    const [reader, writer] = deaf === 'client' ? [socket, other] : [other, socket]
    reader.pause()
    const closed = once(writer, 'close')
    for (let i = 0; i < 800; i++) writer.send(Buffer.alloc(65_536))
    await closed
    socket.terminate()
  })
})

it('beyond its connections a peer gets no more, until it gives one back', async () => {
  const clients = await Promise.all(Array.from({ length: PEERS + 5 }, () => connectRaw(weir.weir.gatewayUrl)))
  await eventually(refusedConnections, count => count >= 5, 60_000)
  for (const client of clients) client.socket.destroy()
  await eventually(
    () => app.call('/app').catch(() => undefined),
    answer => answer?.status === 200,
    60_000,
  )
})

async function refusedConnections(): Promise<number> {
  const metrics = await (await fetch(`${weir.weir.controlUrl}/metrics`)).text()
  return Number(/^weir_connections_refused_total\{bound="peer"\} (\d+)/m.exec(metrics)?.[1] ?? 0)
}
