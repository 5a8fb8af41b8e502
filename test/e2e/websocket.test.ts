import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type TestApp, type TestWeir, eventually, startTestWeir } from './harness.ts'
import { connectRaw } from './raw-client.ts'
import { outcomesOf } from './recorded.ts'
import { type SocketUpstream, closeCode, echo, nextMessage, openSocket } from './sockets.ts'
import { acceptRaw, clientFrame, handshakeOf, serverFrame, startSocketUpstream } from './sockets.ts'

const MIB = 1024 * 1024
let upstream: SocketUpstream
let weir: TestWeir
let app: TestApp

beforeAll(async () => {
  upstream = await startSocketUpstream()
  weir = await startTestWeir({ upstream: upstream.url })
})

beforeEach(async () => {
  upstream.onSocket = echo
  upstream.handshake = undefined
  app = await weir.newApp()
})

afterAll(async () => {
  await weir.stop()
  await upstream.close()
})

/** The upstream's end of the next WebSocket. */
function nextAccepted(): Promise<WebSocket> {
  return new Promise(resolve => (upstream.onSocket = resolve))
}

async function openRaw(fields: Record<string, string> = {}, behind: Buffer = Buffer.alloc(0)) {
  const client = await connectRaw(weir.weir.gatewayUrl)
  client.write(Buffer.concat([Buffer.from(await handshakeOf(app, fields)), behind]))
  return client
}

describe('messages pass both ways', () => {
  it('whole, whatever their size, kind and fragments', async () => {
    const socket = await openSocket(weir, app, { client: { perMessageDeflate: false } })
    for (const size of [0, 1, 125, 126, 65_535, 65_536, 5 * MIB]) {
      const message = randomBytes(size)
      socket.send(message)
      expect((await nextMessage(socket)).equals(message)).toBe(true)
    }
    socket.send('Grüße')
    expect((await nextMessage(socket)).toString()).toBe('Grüße')
    for (const [part, fin] of [
      ['one ', false],
      ['two ', false],
      ['three', true],
    ] as const)
      socket.send(part, { fin })
    expect((await nextMessage(socket)).toString()).toBe('one two three')
    socket.close(4321, 'bye')
    expect(await closeCode(socket)).toBe(4321)
  })

  it('many at once, in their order', async () => {
    const socket = await openSocket(weir, app)
    const received: string[] = []
    socket.on('message', data => received.push((data as Buffer).toString()))
    const sent = Array.from({ length: 2000 }, (_, i) => `${i} ${'x'.repeat(i % 300)}`)
    for (const message of sent) socket.send(message)
    await eventually(
      async () => received.length,
      length => length === sent.length,
      60_000,
    )
    expect(received).toEqual(sent)
    socket.terminate()
  })

  it('with the extension and the subprotocol that client and upstream agree on', async () => {
    const options = { protocols: ['chat.v1', 'chat.v2'], client: { perMessageDeflate: { threshold: 0 } } }
    const socket = await openSocket(weir, app, options)
    expect([socket.protocol, socket.extensions]).toEqual(['chat.v2', 'permessage-deflate'])
    const message = Buffer.from('the same again '.repeat(100_000))
    socket.send(message)
    expect((await nextMessage(socket)).equals(message)).toBe(true)
    socket.terminate()
  })

  it('those sent right behind the handshake, by either side', async () => {
    upstream.handshake = (request, socket) => {
      acceptRaw(request, socket, serverFrame(1, Buffer.from('early upstream')))
      socket.once('data', (data: Buffer) => socket.write(serverFrame(2, data)))
    }
    const early = clientFrame(1, Buffer.from('early client'))
    const client = await openRaw({}, early)
    expect((await client.head()).status).toBe(101)
    const fromUpstream = serverFrame(1, Buffer.from('early upstream'))
    expect((await client.bytes(fromUpstream.length)).equals(fromUpstream)).toBe(true)
    const echoed = serverFrame(2, early)
    expect((await client.bytes(echoed.length)).equals(echoed)).toBe(true)
    client.socket.destroy()
  })

  it('no faster than the other side reads', async () => {
    const accepting = nextAccepted()
    const socket = await openSocket(weir, app, { client: { perMessageDeflate: false } })
    const accepted = await accepting
    socket.pause()
    const message = Buffer.alloc(MIB)
    const total = 50
    for (let i = 0; i < total; i++) accepted.send(message)
    // What the system’s buffers hold is gone; the rest has to wait in the upstream.
    const waiting = () => Promise.resolve(accepted.bufferedAmount)
    let before = Infinity
    const stalled = (now: number) => now === before || ((before = now), false)
    await eventually(() => new Promise<void>(r => setTimeout(r, 200)).then(waiting), stalled, 60_000)
    expect(before).toBeGreaterThan(total * MIB - 24 * MIB)
    let bytes = 0
    socket.on('message', data => (bytes += (data as Buffer).length))
    socket.resume()
    await eventually(
      async () => bytes,
      received => received === total * MIB,
      60_000,
    )
    socket.terminate()
  })
})

describe('a handshake', () => {
  it('carries Weir’s fields in its 101', async () => {
    const client = await openRaw({ origin: 'https://page.test' })
    const answer = await client.head()
    expect([answer.status, answer.one('upgrade'), answer.one('connection')]).toEqual([
      101,
      'websocket',
      'Upgrade',
    ])
    expect(answer.one('x-ratelimit-limit')).toBe('10000')
    expect(answer.one('weir-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.one('access-control-allow-origin')).toBe('*')
    client.socket.destroy()
  })

  it.each([20, MIB])(
    'that the upstream refuses gets the upstream’s own answer, %i bytes of it',
    async size => {
      upstream.handshake = (_, socket) => {
        const fields = `Content-Length: ${size}\r\nX-Own: yes\r\nX-RateLimit-Limit: 1`
        socket.end(`HTTP/1.1 401 No\r\n${fields}\r\n\r\n${'x'.repeat(size)}`)
      }
      const client = await openRaw()
      const answer = await client.answer()
      expect([answer.status, answer.reason, answer.one('x-own')]).toEqual([401, 'No', 'yes'])
      expect([answer.body.length, answer.one('x-ratelimit-limit')]).toEqual([size, '10000'])
      await client.rest()
      client.socket.end()
      expect(await outcomesOf(weir, app, 1)).toEqual({ 'client-error': 1 })
    },
  )

  it('that the upstream accepts for another key is a 502', async () => {
    upstream.handshake = (request, socket) => {
      request.headers['sec-websocket-key'] = 'another'
      acceptRaw(request, socket)
    }
    const client = await openRaw()
    const answer = await client.answer()
    expect(answer.status).toBe(502)
    expect(JSON.parse(answer.body.toString())).toMatchObject({ code: 'upstream-invalid' })
    expect(answer.one('x-ratelimit-limit')).toBe('10000')
    client.socket.destroy()
    expect(await outcomesOf(weir, app, 1)).toEqual({ failed: 1 })
  })

  it('counts against the user’s limit, and over it gets a 429 on the raw connection', async () => {
    const limited = await weir.newApp({ limits: { user: { Connect: 2 } } })
    const answers = []
    // A minute that turns in between begins anew, so one of these four has to be refused.
    for (let i = 0; i < 4; i++) {
      const client = await connectRaw(weir.weir.gatewayUrl)
      client.write(await handshakeOf(limited))
      const answer = await client.head()
      answers.push(answer)
      if (answer.status === 429) {
        const body = await client.bytes(Number(answer.one('content-length')))
        expect(JSON.parse(body.toString())).toMatchObject({ scope: 'user', endpoint: 'Connect', limit: 2 })
        expect(Number(answer.one('retry-after'))).toBeGreaterThanOrEqual(1)
        expect(answer.one('connection')).toBe('close')
        expect((await client.rest()).length).toBe(0)
      }
      client.socket.destroy()
    }
    expect(answers.map(({ status }) => status)).toContain(429)
    expect(answers[0]!.status).toBe(101)
  })

  it('that was refused keeps no connection, whatever its client does', async () => {
    const client = await openRaw({ authorization: 'nobody' }, Buffer.alloc(1000))
    expect((await client.answer()).status).toBe(401)
    // The client does not say goodbye itself, but what it still writes finds nobody.
    const isGone = async () => {
      client.socket.write('x')
      return client.socket.destroyed
    }
    await eventually(isGone, gone => gone, 60_000)
  })

  it('with a body is no handshake', async () => {
    const client = await openRaw({ 'content-length': '5' }, Buffer.from('hello'))
    expect((await client.answer()).status).toBe(426)
    client.socket.destroy()
  })

  it('to a path that is no WebSocket endpoint is a 404', async () => {
    const client = await connectRaw(weir.weir.gatewayUrl)
    client.write((await handshakeOf(app)).replace('/connect', '/app'))
    expect((await client.answer()).status).toBe(404)
    client.socket.destroy()
  })
})
