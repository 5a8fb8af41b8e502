import { once } from 'node:events'
import { type RequestListener, type Server, createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import {
  type AddressInfo,
  type Server as SocketServer,
  type Socket,
  createServer as createSocketServer,
} from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { type Expected, ask } from '../../src/commands/probe/ask.ts'
import { type Credentials, type Target, askedOf } from '../../src/commands/probe/target.ts'
import { makeCertificate } from '../e2e/certificates.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function listen(server: Server | SocketServer): Promise<string> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const answering = (listener: RequestListener) => listen(createServer(listener))

const headerPlaces: Credentials = {
  apiKey: { header: 'x-api-key', query: 'api_key' },
  token: { header: 'authorization', query: null },
}
const queryPlaces: Credentials = { apiKey: { header: null, query: 'api_key' }, token: null }
const never = new AbortController().signal

async function look(
  url: string,
  expected: Partial<Expected> & { request?: string } = {},
  signal = never,
  credentials = headerPlaces,
  as: Partial<Target> = {},
) {
  const { request = 'GET /health', ...more } = expected
  const asked = askedOf(
    request,
    { url, apiKey: undefined, token: undefined, ...as },
    credentials,
    'Weir (probe)',
  )
  return ask(asked, { expectStatus: 200, expectBody: null, withinMs: 2000, ...more }, signal)
}

describe('an answer as expected is well', () => {
  it('by its status and a text in its body', async () => {
    const url = await answering((_, response) => response.end('{"state":"working"}'))
    const seen = await look(url, { expectBody: '"working"' })
    expect(seen).toEqual({ ok: true, ms: expect.any(Number), detail: undefined })
  })

  it('by any status that was asked for', async () => {
    const url = await answering((_, response) => response.writeHead(404).end())
    expect((await look(url, { expectStatus: 404 })).ok).toBe(true)
    expect((await look(url)).detail).toBe('answered 404, not 200')
  })

  it('whatever follows the first MiB', async () => {
    const url = await answering((_, response) => {
      response.write(`here${'x'.repeat(2 ** 20)}`)
    })
    expect((await look(url, { expectBody: 'here' })).ok).toBe(true)
  })
})

describe('what is wrong is said in words:', () => {
  it('a wrong status, with the code of a problem', async () => {
    const url = await answering((_, response) => {
      response.writeHead(504, { 'content-type': 'application/problem+json' })
      response.end('{"code":"upstream-timeout"}')
    })
    expect(await look(url)).toMatchObject({ ok: false, detail: 'answered 504 (upstream-timeout), not 200' })
  })

  it('a redirect, which is not followed', async () => {
    const url = await answering((_, response) => response.writeHead(302, { location: '/other' }).end())
    expect((await look(url)).detail).toBe('answered 302, not 200; redirects are not followed')
  })

  it('a body without the text', async () => {
    const url = await answering((_, response) => response.end('all is lost'))
    expect((await look(url, { expectBody: 'all is well' })).detail).toBe(
      'the body does not hold "all is well"',
    )
  })

  it('a text that stands only behind the first MiB', async () => {
    const url = await answering((_, response) => response.end(`${'x'.repeat(2 ** 20)}here`))
    expect((await look(url, { expectBody: 'here' })).ok).toBe(false)
  })

  it('no answer in time', async () => {
    const url = await answering(() => undefined)
    const seen = await look(url, { withinMs: 100 })
    expect(seen).toMatchObject({ ok: false, detail: 'no answer within 100 ms' })
    expect(seen.ms).toBeGreaterThanOrEqual(99)
  })

  it('a body that is not whole in time', async () => {
    const url = await answering((_, response) => {
      response.write('a beginning')
    })
    const { detail } = await look(url, { withinMs: 200 })
    expect(detail).toBe('answered 200, and the body was not whole within 200 ms')
  })

  it('a body that breaks off', async () => {
    const url = await answering((_, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('a beginning', () => response.destroy())
    })
    expect((await look(url)).detail).toBe('the connection was cut before the answer was whole')
  })

  it('a connection that is cut at once', async () => {
    const url = await listen(createSocketServer(socket => socket.destroy()))
    expect((await look(url)).detail).toBe('the connection was cut before the answer was whole')
  })

  it('a port where nothing listens', async () => {
    const server = createServer()
    const url = await listen(server)
    server.close()
    expect((await look(url)).detail).toBe(`${new URL(url).host} refused the connection`)
  })

  it('a name that is not known', async () => {
    const { detail } = await look('http://nowhere.invalid')
    expect(detail).toMatch(/^the name nowhere\.invalid (is not known|could not be looked up)/)
  })

  it('an answer that is no HTTP', async () => {
    const url = await listen(createSocketServer(socket => socket.end('220 mail.example.com\r\n')))
    expect((await look(url)).detail).toMatch(/^the answer is not valid HTTP/)
  })

  it('a certificate that nobody vouches for, and one that has expired', async () => {
    const past = { from: new Date('2025-01-01'), to: new Date('2025-02-01') }
    for (const certificate of [makeCertificate(1), makeCertificate(2, past)]) {
      const url = (await listen(createTlsServer(certificate))).replace('http:', 'https:')
      expect((await look(url)).detail).toMatch(
        /^TLS with 127\.0\.0\.1:\d+ failed: .+ \((DEPTH_ZERO_SELF_SIGNED_CERT|CERT_HAS_EXPIRED)\)$/,
      )
    }
  })

  it('plain HTTP where TLS was expected', async () => {
    const url = await answering((_, response) => response.end())
    expect((await look(url.replace('http:', 'https:'))).detail).toMatch(/^TLS with .+ failed: /)
  })
})

describe('a WebSocket', () => {
  async function sockets(take: (socket: WebSocket) => void): Promise<string> {
    const server = createServer((_, response) => response.writeHead(426).end())
    const taker = new WebSocketServer({ server })
    taker.on('connection', take)
    return listen(server)
  }
  const opens = { request: 'GET /connect', expectStatus: 101 }

  it('that opens and closes in turn is well, also when messages come first', async () => {
    const closed = Promise.withResolvers<number>()
    const url = await sockets(socket => {
      socket.send('welcome')
      socket.once('close', closed.resolve)
    })
    expect(await look(url, opens)).toMatchObject({ ok: true, detail: undefined })
    expect(await closed.promise).toBe(1000)
  })

  it('that is closed for a reason of its own is not', async () => {
    const url = await sockets(socket => socket.close(4001))
    expect((await look(url, opens)).detail).toBe('the WebSocket opened, and was closed with 4001')
  })

  it('that is cut is not', async () => {
    const url = await sockets(socket => socket.terminate())
    expect((await look(url, opens)).detail).toBe('the WebSocket opened, and was cut instead of closed')
  })

  it('that is never closed in turn is not', async () => {
    const url = await sockets(socket => socket.pause())
    const { detail } = await look(url, { ...opens, withinMs: 300 })
    expect(detail).toBe('the WebSocket opened, and was not closed in turn within 300 ms')
  })

  it('that is refused is not, and nor is one where nobody answers', async () => {
    const url = await answering((_, response) => response.writeHead(503).end())
    expect((await look(url, opens)).detail).toBe('answered 503, not 101')
    const hung = await listen(createSocketServer(() => undefined))
    expect((await look(hung, { ...opens, withinMs: 100 })).detail).toBe('no answer within 100 ms')
  })

  it('where a plain answer was expected is none', async () => {
    const url = await sockets(() => undefined)
    expect((await look(url, { request: 'GET /connect' })).detail).toBe('answered 426, not 200')
  })
})

describe('a request', () => {
  it('goes below the address, with its query and the credentials where the API takes them', async () => {
    const heard: string[] = []
    const url = await answering((request, response) => {
      const { 'x-api-key': key, authorization, 'user-agent': agent } = request.headers
      heard.push(`${request.method} ${request.url} ${String(key)} ${authorization} ${agent}`)
      response.end()
    })
    const as = { url: `${url}/v1/`, apiKey: 'a key&', token: 'a token' }
    await look(url, { request: 'POST /search?q=a%20b' }, never, headerPlaces, as)
    await look(url, { request: 'GET /search?q=1' }, never, queryPlaces, as)
    await look(url, { request: 'GET /search' }, never, queryPlaces, { url })
    expect(heard).toEqual([
      'POST /v1/search?q=a%20b a key& a token Weir (probe)',
      'GET /v1/search?q=1&api_key=a+key%26 undefined undefined Weir (probe)',
      'GET /search undefined undefined Weir (probe)',
    ])
  })

  it('has a connection of its own each time', async () => {
    const ports: (number | undefined)[] = []
    const url = await answering((request, response) => {
      ports.push(request.socket.remotePort)
      response.end()
    })
    await look(url)
    await look(url)
    expect(new Set(ports).size).toBe(2)
  })

  it('ends at once when the probe ends, and then nothing was seen', async () => {
    const url = await answering(() => undefined)
    const ending = new AbortController()
    const looking = look(url, {}, ending.signal)
    ending.abort(new Error('the end'))
    await expect(looking).rejects.toThrow('the end')
  })
})
