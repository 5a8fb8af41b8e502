import type { RequestListener } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CertificateFiles, certificateFiles, makeCertificate } from '../e2e/certificates.ts'
import {
  type TestApp,
  type TestUpstream,
  type TestWeir,
  answerOk,
  startTestWeir,
  startUpstream,
} from '../e2e/harness.ts'
import { connectHttp2 } from '../e2e/http2-client.ts'
import { outcomesOf } from '../e2e/recorded.ts'
import {
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  type FrameClient,
  GOAWAY,
  HEADERS,
  PING,
  RST_STREAM,
  SETTINGS,
  block,
  codeOf,
  connectFrames,
  frame,
  resetFrame,
} from './http2-frames.ts'
import { unlimited } from './unlimited.ts'

const NO_ERROR = 0
const PROTOCOL_ERROR = 1
const INTERNAL_ERROR = 2
const REFUSED_STREAM = 7
const CANCEL = 8
const ENHANCE_YOUR_CALM = 11
const STREAMS = 100

const certificate = makeCertificate(1)
let files: CertificateFiles
let upstream: TestUpstream
let listener: RequestListener
let weir: TestWeir
let app: TestApp
let fields: [string, string][]
let client: FrameClient

beforeAll(async () => {
  files = certificateFiles(certificate)
  upstream = await startUpstream((incoming, response) => listener(incoming, response))
  weir = await startTestWeir({
    upstream: upstream.url,
    contract: unlimited,
    settings: { tlsCert: files.certFile, tlsKey: files.keyFile, headSeconds: 1, maxHeaderKib: 8, threads: 1 },
  })
})
beforeEach(async () => {
  listener = answerOk
  upstream.received.length = 0
  app = await weir.newApp()
  fields = [
    [':method', 'GET'],
    [':scheme', 'https'],
    [':path', '/app'],
    [':authority', 'weir.test'],
    ['x-api-key', app.apiKey],
    ['authorization', await app.token({ user_id: 'ann' })],
  ]
  client = await connectFrames(weir.weir.gatewayUrl, certificate.cert)
})
afterEach(async () => {
  client.socket.destroy()
  // Whatever was sent, the next good client is served.
  const good = await connectHttp2(weir, app, certificate.cert)
  listener = answerOk
  expect((await good.call('/app')).status).toBe(200)
  good.close()
})
afterAll(async () => {
  await weir.stop()
  await upstream.close()
  files.remove()
})

/** The head of a request, with some fields set otherwise and some added. */
function head(
  stream: number,
  changed: Record<string, string> = {},
  more: [string, string][] = [],
  end = END_STREAM,
): Buffer {
  const all = [...fields.map(([name, value]): [string, string] => [name, changed[name] ?? value]), ...more]
  return frame(HEADERS, END_HEADERS | end, stream, block(all))
}

/** How a stream is answered: its DATA's problem code, or the code it was reset with. */
async function fate(stream: number): Promise<string | number> {
  const told = await client.next(
    each => each.stream === stream && (each.type === RST_STREAM || each.type === DATA),
  )
  if (told.type === RST_STREAM) return codeOf(told)
  return (JSON.parse(told.payload.toString()) as { code: string }).code
}

describe('a request over HTTP/2', () => {
  it.each<[string, Record<string, string>, [string, string][], string | number]>([
    ['with a field of a connection is refused', {}, [['connection', 'close']], PROTOCOL_ERROR],
    ['with a transfer coding is refused', {}, [['transfer-encoding', 'chunked']], PROTOCOL_ERROR],
    ['that wants to upgrade is refused', {}, [['upgrade', 'websocket']], PROTOCOL_ERROR],
    ['with `te` other than trailers is refused', {}, [['te', 'gzip']], PROTOCOL_ERROR],
    ['with a name in capitals is refused', {}, [['X-A', '1']], PROTOCOL_ERROR],
    ['with a pseudo-field twice is refused', {}, [[':path', '/b']], PROTOCOL_ERROR],
    [
      'with a protocol (RFC 8441) is refused',
      { ':method': 'CONNECT' },
      [[':protocol', 'websocket']],
      PROTOCOL_ERROR,
    ],
    ['with a length it does not keep is refused', {}, [['content-length', '5']], PROTOCOL_ERROR],
    ['with another host beside its authority is refused', {}, [['host', 'other.test']], 'malformed-request'],
    ['with two tokens is refused', {}, [['authorization', 'b']], 'malformed-request'],
    ['with a disguised length is refused', {}, [['content_length', '5']], 'malformed-request'],
    ['of a method that is none is refused', { ':method': 'BREW' }, [], 'malformed-request'],
    ['for a whole address is refused', { ':path': 'http://a.test/' }, [], PROTOCOL_ERROR],
    ['for a fragment is refused', { ':path': '/app#a' }, [], 'malformed-request'],
    ['for dot segments is refused', { ':path': '/a/%2e%2e/app' }, [], 'malformed-request'],
    [
      'with a field too many is told so',
      {},
      Array.from({ length: 100 }, (_, i) => [`x-${i}`, '1']),
      'headers-too-large',
    ],
    [
      'with far too many fields is refused',
      {},
      Array.from({ length: 300 }, (_, i) => [`x-${i}`, '1']),
      ENHANCE_YOUR_CALM,
    ],
    ['with too many bytes of fields is refused', {}, [['x-a', 'a'.repeat(9000)]], 'headers-too-large'],
  ])('%s', async (_, changed, more, expected) => {
    client.send(head(1, changed, more))
    expect(await fate(1)).toBe(expected)
    expect(upstream.received).toHaveLength(0)
    // The connection serves on: a stream is refused alone.
    client.send(head(3))
    const answer = await client.next(each => each.stream === 3)
    expect(answer.type).toBe(HEADERS)
  })

  it('with CR LF in a value goes on without that field', async () => {
    client.send(head(1, {}, [['x-a', 'a\r\nx-b: b']]))
    await client.next(each => each.stream === 1 && each.type === DATA)
    expect(Object.keys(upstream.received[0]!.headers).filter(name => /^x-[ab]$/.test(name))).toEqual([])
  })

  it('that is reset within its body, in peace or not, was never whole', async () => {
    for (const [stream, code] of [
      [1, NO_ERROR],
      [3, CANCEL],
    ] as const) {
      const bodyEnded = new Promise<boolean>(resolve => {
        listener = reached =>
          void reached
            .resume()
            .on('error', () => {})
            .on('close', () => resolve(reached.complete))
      })
      const reached = upstream.received.length + 1
      client.send(head(stream, { ':method': 'POST' }, [], 0), frame(DATA, 0, stream, Buffer.from('half')))
      while (upstream.received.length < reached) await new Promise(resolve => setImmediate(resolve))
      client.send(resetFrame(stream, code))
      expect(await bodyEnded).toBe(false)
    }
    expect(await outcomesOf(weir, app, 2)).toEqual({ aborted: 2 })
  })
})

describe('a flood over HTTP/2', () => {
  it('of streams that are taken back at once ends the connection, and costs the upstream little', async () => {
    for (let stream = 1; stream < 4000 && client.socket.writable; stream += 2) {
      client.send(head(stream), resetFrame(stream, CANCEL))
      if (stream % 100 === 1) await new Promise(resolve => setImmediate(resolve))
    }
    const goaway = await client.next(({ type }) => type === GOAWAY)
    expect(codeOf(goaway)).toBe(INTERNAL_ERROR)
    await client.closed
    expect(upstream.received.length).toBeLessThan(300)
  })

  it('of open streams: those past a hundred are refused', async () => {
    listener = incoming => void incoming.resume()
    client.send(...Array.from({ length: STREAMS + 20 }, (_, i) => head(2 * i + 1)))
    const refused = await client.next(({ type }) => type === RST_STREAM)
    expect([refused.stream, codeOf(refused)]).toEqual([2 * STREAMS + 1, REFUSED_STREAM])
    client.socket.destroy()
  })

  it.each<[string, () => Buffer[]]>([
    [
      'of fields that go on for ever',
      () => [
        frame(HEADERS, 0, 1, block(fields)),
        ...Array.from({ length: 100 }, () => frame(CONTINUATION, 0, 1, block([['x-a', 'a'.repeat(2000)]]))),
      ],
    ],
    [
      'of empty DATA',
      () => [head(1, { ':method': 'POST' }, [], 0), ...Array.from({ length: 2000 }, () => frame(DATA, 0, 1))],
    ],
    [
      'of CONTINUATION without an end',
      () => [
        frame(HEADERS, 0, 1, block(fields)),
        ...Array.from({ length: 2000 }, () => frame(CONTINUATION, 0, 1)),
      ],
    ],
  ])('%s is cut', async (_, frames) => {
    listener = incoming => void incoming.resume().on('error', () => {})
    client.send(...frames())
    await client.closed
  })

  it.each([
    ['PING', PING, Buffer.alloc(8)],
    ['SETTINGS', SETTINGS, Buffer.alloc(0)],
  ])('of %s whose answers nobody reads is cut', async (_, type, payload) => {
    client.socket.pause()
    const many = Buffer.concat(Array.from({ length: 10_000 }, () => frame(type, 0, 0, payload)))
    const flood = (): void => void (client.socket.writable && client.socket.write(many, flood))
    flood()
    await client.closed
  })
})

describe('a slow client of HTTP/2 is cut', () => {
  it('when it says nothing behind its handshake', async () => {
    const silent = await connectFrames(weir.weir.gatewayUrl, certificate.cert, false)
    await silent.closed
  })

  it('when its first head does not end', async () => {
    client.send(frame(HEADERS, 0, 1, block(fields)))
    await client.closed
  })
})
