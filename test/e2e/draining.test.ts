import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { type TestApp, type TestUpstream, type TestWeir, startTestWeir, startUpstream } from './harness.ts'
import { connectRaw, head } from './raw-client.ts'
import { connectionsOf, requestsOf } from './recorded.ts'
import { type SocketUpstream, closeCode, nextMessage, openSocket } from './sockets.ts'
import { acceptRaw, handshakeOf, serverFrame, startSocketUpstream } from './sockets.ts'

/** So long that no busy machine comes near it: what takes less did not wait for the deadline. */
const LONG_DRAIN_MS = 20_000
/** For what waits until the deadline. */
const SHORT_DRAIN_MS = 3000
let weir: TestWeir
let app: TestApp

async function start(upstream: string, drainMs: number): Promise<void> {
  weir = await startTestWeir({
    upstream,
    contract: text => text.replace('timeoutMs: 10000', `timeoutMs: ${drainMs + 1000}`),
    settings: { drainSeconds: drainMs / 1000 },
  })
  app = await weir.newApp()
}

/** Ends Weir, as a SIGTERM does; its data stays until the test has looked. Returns how long it took. */
async function stop(): Promise<number> {
  const from = performance.now()
  await weir.weir.stop()
  return performance.now() - from
}

afterEach(() => weir.stop())

describe('at the end, WebSockets', () => {
  let upstream: SocketUpstream
  beforeEach(async () => {
    upstream = await startSocketUpstream()
    await start(upstream.url, LONG_DRAIN_MS)
  })
  afterEach(() => upstream.close())

  it('are closed with 1001 on both sides, in every thread, and their ends are written', async () => {
    const codes: Promise<number>[] = []
    upstream.onSocket = socket => codes.push(closeCode(socket))
    for (let i = 0; i < 8; i++) codes.push(closeCode(await openSocket(weir, app)))
    expect(await stop()).toBeLessThan(LONG_DRAIN_MS)
    expect(await Promise.all(codes)).toEqual(Array.from({ length: 16 }, () => 1001))
    const rows = connectionsOf(weir.dataDir, app)
    expect(rows).toHaveLength(8)
    for (const { opened_ms, closed_ms } of rows) expect(closed_ms).toBeGreaterThanOrEqual(opened_ms)
  })

  it('finish the message that is under way before they are closed', async () => {
    const taking = nextHandshake(upstream)
    const opening = openSocket(weir, app, { client: { perMessageDeflate: false } })
    const [request, socket] = await taking
    acceptRaw(request, socket)
    const client = await opening
    const closed = closeCode(client)
    const message = nextMessage(client)
    const bytes = Buffer.alloc(5_000_000, 'x')
    const frame = serverFrame(2, bytes)
    socket.write(frame.subarray(0, 3_000_000))
    // Weir's close towards the upstream tells that it has begun to stop.
    const stopping = new Promise<Buffer>(resolve => socket.once('data', resolve))
    const stopped = stop()
    expect((await stopping)[0]).toBe(0x88)
    socket.write(frame.subarray(3_000_000))
    expect((await message).equals(bytes)).toBe(true)
    expect(await closed).toBe(1001)
    socket.destroy()
    expect(await stopped).toBeLessThan(LONG_DRAIN_MS)
  })

  it('are cut when a message never ends', async () => {
    const taking = nextHandshake(upstream)
    const client = await connectRaw(weir.weir.gatewayUrl)
    client.write(await handshakeOf(app))
    const [request, socket] = await taking
    const begun = serverFrame(2, Buffer.alloc(10), 1000)
    acceptRaw(request, socket, begun)
    expect((await client.head()).status).toBe(101)
    expect((await client.bytes(begun.length)).equals(begun)).toBe(true)
    expect(await stop()).toBeLessThan(LONG_DRAIN_MS)
    expect((await client.rest()).length).toBe(0)
    client.socket.destroy()
    expect(connectionsOf(weir.dataDir, app)[0]!.closed_ms).not.toBeNull()
  })

  it('that open while it ends are closed at once', async () => {
    const taking = nextHandshake(upstream)
    const opening = openSocket(weir, app)
    const [request, socket] = await taking
    const stopped = stop()
    // A refused connection tells that the end has begun.
    await expectRefused()
    acceptRaw(request, socket)
    expect(await closeCode(await opening)).toBe(1001)
    socket.destroy()
    expect(await stopped).toBeLessThan(LONG_DRAIN_MS)
    expect(connectionsOf(weir.dataDir, app)[0]!.closed_ms).not.toBeNull()
  })

  it('that were refused and left hold nothing up', async () => {
    const client = await connectRaw(weir.weir.gatewayUrl)
    client.write(await handshakeOf(app, { authorization: 'nobody' }))
    expect((await client.answer()).status).toBe(401)
    client.socket.end('a frame that was on its way')
    expect(await stop()).toBeLessThan(LONG_DRAIN_MS)
  })
})

describe('at the end, requests', () => {
  it('that run are finished, their connections are told to close, and all is written', async () => {
    const holding = await startHolding()
    await start(holding.upstream.url, LONG_DRAIN_MS)
    const clients = [await ask(holding), await ask(holding), await ask(holding)]
    const stopped = stop()
    await expectRefused()
    for (const answer of holding.answers) answer()
    for (const client of clients) {
      const given = await client.answer()
      expect([given.status, given.body.toString(), given.one('connection')]).toEqual([200, 'done', 'close'])
      client.socket.destroy()
    }
    expect(await stopped).toBeLessThan(LONG_DRAIN_MS)
    expect(requestsOf(weir, app)).toMatchObject([{ outcome: 'served', count: 3 }])
  })
})

describe('at the deadline', () => {
  it('a WebSocket whose handshake is never answered counts as failed', async () => {
    const upstream = await startSocketUpstream()
    onTestFinished(() => upstream.close())
    await start(upstream.url, SHORT_DRAIN_MS)
    const taking = nextHandshake(upstream)
    const client = await connectRaw(weir.weir.gatewayUrl)
    client.write(await handshakeOf(app))
    await taking
    await stop()
    client.socket.destroy()
    expect(requestsOf(weir, app)).toMatchObject([{ endpoint: 'Connect', outcome: 'failed', count: 1 }])
  })

  it('a request that is still not answered counts by what the upstream did', async () => {
    const holding = await startHolding()
    await start(holding.upstream.url, SHORT_DRAIN_MS)
    const client = await ask(holding)
    await stop()
    expect((await client.rest()).length).toBe(0)
    client.socket.destroy()
    expect(requestsOf(weir, app)).toMatchObject([{ outcome: 'failed', count: 1 }])
    const db = new DatabaseSync(`${weir.dataDir}/weir.db`, { readOnly: true })
    expect(db.prepare('select count(*) as left from recorder_ahead').get()).toEqual({ left: 0 })
    db.close()
  })
})

/** Takes the next handshake over; resolves with its request and connection. */
function nextHandshake(upstream: SocketUpstream): Promise<[IncomingMessage, Socket]> {
  return new Promise(resolve => (upstream.handshake = (...taken) => resolve(taken)))
}

/** An upstream that answers when it is told to. */
interface Holding {
  readonly upstream: TestUpstream
  readonly answers: (() => void)[]
}

async function startHolding(): Promise<Holding> {
  const answers: (() => void)[] = []
  const upstream = await startUpstream((request, response) => {
    request.resume()
    answers.push(() => response.end('done'))
  })
  onTestFinished(() => upstream.close())
  return { upstream, answers }
}

/** A request on a connection that would be kept; resolves once the upstream has it. */
async function ask({ upstream, answers }: Holding) {
  const client = await connectRaw(weir.weir.gatewayUrl)
  const asked = answers.length + 1
  client.write(
    head('GET /app', { 'x-api-key': app.apiKey, authorization: await app.token({ user_id: 'ann' }) }),
  )
  while (answers.length < asked) await new Promise(resolve => upstream.server.once('request', resolve))
  return client
}

/** Resolves once the gateway takes no more connections. */
async function expectRefused(): Promise<void> {
  for (;;) {
    try {
      const client = await connectRaw(weir.weir.gatewayUrl)
      client.socket.destroy()
    } catch (error) {
      // One that was accepted by the system, but not yet by Weir, is reset as the port closes.
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ECONNRESET') continue
      expect(code).toBe('ECONNREFUSED')
      return
    }
  }
}
