import { once } from 'node:events'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { unlimited } from '../hostile/unlimited.ts'
import { type CertificateFiles, certificateFiles, makeCertificate } from './certificates.ts'
import { type TestApp, type TestWeir, answerOk, eventually, startTestWeir } from './harness.ts'
import { type Http2Client, answerOf, connectHttp2 } from './http2-client.ts'
import { outcomesOf } from './recorded.ts'
import { type SocketUpstream, startSocketUpstream } from './sockets.ts'

const certificate = makeCertificate(1)
let files: CertificateFiles
let upstream: SocketUpstream
let listener: RequestListener
let weir: TestWeir
let app: TestApp
let client: Http2Client

beforeAll(async () => {
  files = certificateFiles(certificate)
  upstream = await startSocketUpstream()
  upstream.server.removeAllListeners('request')
  upstream.server.on('request', (request, response) => listener(request, response))
})
/** So long that no busy machine comes near it: what ends before did not wait for it. */
const DRAIN_SECONDS = 20

beforeEach(async () => {
  listener = answerOk
  weir = await startTestWeir({
    upstream: upstream.url,
    contract: unlimited,
    settings: {
      tlsCert: files.certFile,
      tlsKey: files.keyFile,
      maxBodyMib: 1,
      bodyIdleSeconds: 1,
      stallSeconds: 1,
      keepAliveSeconds: 1,
      drainSeconds: DRAIN_SECONDS,
    },
  })
  app = await weir.newApp()
  client = await connectHttp2(weir, app, certificate.cert)
})
afterEach(async () => {
  client.close()
  await weir.stop()
})
afterAll(async () => {
  await upstream.close()
  files.remove()
})

/** The next request that reaches the upstream; it is not answered. */
function nextRequest(): Promise<[IncomingMessage, ServerResponse]> {
  return new Promise(resolve => (listener = (...reached) => resolve(reached)))
}

const codeOf = (body: string) => (JSON.parse(body) as { code: string }).code

describe('over HTTP/2', () => {
  it('a request reaches the upstream in the words of HTTP/1.1', async () => {
    const answer = await client.call('/app?a=1', {
      cookie: ['a=1', 'b=2'],
      'x-client': 'ios',
      'x-forwarded-for': '9.9.9.9',
      te: 'trailers',
    })
    expect(answer.status).toBe(200)
    const { url, headers } = JSON.parse(answer.body) as { url: string; headers: Record<string, string> }
    expect(url).toBe('/app?a=1')
    expect(headers).toMatchObject({
      cookie: 'a=1; b=2',
      'weir-user': 'ann',
      'weir-platform': 'ios',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': new URL(weir.weir.gatewayUrl).host,
    })
    expect(Object.keys(headers).filter(name => name.startsWith(':') || name === 'te')).toEqual([])
  })

  it('the answer has the fields of every answer, and none of a connection', async () => {
    listener = (request, response) => {
      request.resume()
      response.setHeader('set-cookie', ['a=1', 'b=2'])
      response.setHeader('x-ratelimit-limit', '7')
      response.setHeader('keep-alive', 'timeout=9')
      response.end('ok')
    }
    const { headers } = await client.call('/app', { origin: 'https://a.test' })
    expect(headers['set-cookie']).toEqual(['a=1', 'b=2'])
    expect(headers['x-ratelimit-limit']).toBe('100000000')
    expect(headers['ratelimit-policy']).toContain('"app"')
    expect(headers['access-control-allow-origin']).toBe('*')
    expect(headers['weir-request-id']).toMatch(/^[\da-f-]{36}$/)
    for (const name of ['connection', 'keep-alive', 'transfer-encoding'])
      expect(headers[name]).toBeUndefined()
  })

  it('refusals are problems, a preflight is answered, and HEAD has no body', async () => {
    const unknown = await client.call('/app', { 'x-api-key': 'nobody' })
    expect([unknown.status, codeOf(unknown.body)]).toEqual([401, 'unknown-api-key'])
    expect(unknown.headers['content-type']).toBe('application/problem+json')
    const preflight = {
      ':method': 'OPTIONS',
      origin: 'https://a.test',
      'access-control-request-method': 'GET',
    }
    expect((await client.call('/app', preflight)).status).toBe(204)
    const bare = await client.call('/app', { ':method': 'HEAD' })
    expect([bare.status, bare.body]).toEqual([200, ''])
    const refused = await client.call('/nowhere', { ':method': 'HEAD' })
    expect([refused.status, refused.body]).toEqual([404, ''])
  })

  it('bodies stream both ways, with a length or without', async () => {
    const [reached, text] = [nextRequest(), 'x'.repeat(300_000)]
    const stream = client.open('/app', { ':method': 'POST' }, false)
    const answer = answerOf(stream)
    stream.write('first')
    const [request, response] = await reached
    expect(request.headers['transfer-encoding']).toBe('chunked')
    response.write('begun ')
    await once(stream, 'response')
    request.setEncoding('utf8')
    let received = ''
    request.on('data', (chunk: string) => (received += chunk)).on('end', () => response.end(received))
    stream.end(text)
    expect((await answer).body).toBe(`begun first${text}`)

    listener = answerOk
    const sized = await client.call('/app', { ':method': 'POST', 'content-length': '3' }, 'abc')
    expect((JSON.parse(sized.body) as { headers: object }).headers).toMatchObject({ 'content-length': '3' })
  })

  it('`Expect: 100-continue` is answered, and anything else expected is not', async () => {
    const stream = client.open('/app', { ':method': 'POST', expect: '100-continue' }, false)
    const answer = answerOf(stream)
    await once(stream, 'continue')
    stream.end('body')
    expect((await answer).status).toBe(200)
    expect((await client.call('/app', { expect: 'wonders' })).status).toBe(417)
  })

  it('a WebSocket is asked for over HTTP/1.1', async () => {
    expect(codeOf((await client.call('/connect')).body)).toBe('upgrade-required')
    expect(client.session.remoteSettings.enableConnectProtocol).toBe(false)
  })
})

describe('one stream that ends badly leaves the others alone:', () => {
  it('an answer that the upstream cuts is cut, and no client takes it for whole', async () => {
    const reached = nextRequest()
    const answer = client.call('/app')
    const [, response] = await reached
    response.write('part')
    setTimeout(() => response.destroy(), 50)
    await expect(answer).rejects.toThrow(/INTERNAL_ERROR/)
    listener = answerOk
    expect((await client.call('/app')).status).toBe(200)
    expect(await outcomesOf(weir, app, 2)).toEqual({ failed: 1, served: 1 })
  })

  it('a client that leaves in mid-answer has aborted', async () => {
    const reached = nextRequest()
    const stream = client.open('/app')
    stream.on('error', () => stream.destroy())
    const [, response] = await reached
    response.write('part')
    await once(stream, 'response')
    stream.close(8)
    expect(await outcomesOf(weir, app, 1)).toEqual({ aborted: 1 })
  })

  it('a client that leaves before the answer hides nothing of what the upstream does', async () => {
    const reached = nextRequest()
    const stream = client.open('/app')
    const [, response] = await reached
    stream.close(8)
    await once(stream, 'close')
    response.writeHead(500).end()
    expect(await outcomesOf(weir, app, 1)).toEqual({ failed: 1 })
  })

  it('a client that leaves within its own body has aborted', async () => {
    const reached = nextRequest()
    const stream = client.open('/app', { ':method': 'POST' }, false)
    stream.on('error', () => {}).write('half')
    await reached
    stream.destroy(new Error('gone'))
    expect(await outcomesOf(weir, app, 1)).toEqual({ aborted: 1 })
  })

  it('a body too large is a 413, by its length and by what came', async () => {
    const told = await client
      .call('/app', { ':method': 'POST', 'content-length': '2000000' }, 'x'.repeat(2_000_000))
      .catch(String)
    expect(told).toMatchObject({ status: 413 })
    const stream = client.open('/app', { ':method': 'POST' }, false)
    listener = request => void request.resume().on('error', () => {})
    const answer = answerOf(stream)
    const write = () =>
      void (stream.write(Buffer.alloc(65_536)) ? setImmediate(write) : stream.once('drain', write))
    stream.on('close', () => stream.destroy())
    write()
    expect(codeOf((await answer).body)).toBe('payload-too-large')
    listener = answerOk
    expect((await client.call('/app')).status).toBe(200)
  })

  it('a body that stands still is a 408', async () => {
    listener = request => void request.resume().on('error', () => {})
    const stream = client.open('/app', { ':method': 'POST' }, false)
    stream.write('half')
    expect(codeOf((await answerOf(stream)).body)).toBe('request-timeout')
    expect(await outcomesOf(weir, app, 1)).toEqual({ refused: 1 })
  })

  it('a client that reads nothing is cut, and has aborted', async () => {
    listener = (request, response) => {
      request.resume()
      const more = (): void => void (response.write(Buffer.alloc(65_536)) ? setImmediate(more) : 0)
      response.on('drain', more)
      more()
    }
    const deaf = client.open('/app')
    deaf.on('error', () => deaf.destroy())
    deaf.pause()
    expect(await outcomesOf(weir, app, 1)).toEqual({ aborted: 1 })
    listener = answerOk
    expect((await client.call('/app')).status).toBe(200)
  })
})

describe('an HTTP/2 connection', () => {
  it('that is idle is told to go and closed, however much it pings', async () => {
    expect((await client.call('/app')).status).toBe(200)
    const pings = setInterval(() => client.session.closed || client.session.ping(() => {}), 100)
    await once(client.session, 'goaway')
    clearInterval(pings)
    await once(client.session, 'close')
  })

  it('counts as one of its peer’s, however many streams it has', async () => {
    const waiting: ServerResponse[] = []
    listener = (_, response) => void waiting.push(response)
    const answers = Array.from({ length: 20 }, () => client.call('/app'))
    await eventually(
      async () => waiting.length,
      count => count === 20,
      60_000,
    )
    const metrics = await (await fetch(`${weir.weir.controlUrl}/metrics`)).text()
    expect(metrics).toContain('weir_open_connections 1\n')
    for (const response of waiting) response.end()
    await Promise.all(answers)
  })

  it('is drained: no new streams, and those that run end', async () => {
    const reached = nextRequest()
    const answer = client.call('/app')
    const [, response] = await reached
    const goaway = once(client.session, 'goaway')
    const stopped = weir.weir.stop()
    await goaway
    response.end('in time')
    expect((await answer).body).toBe('in time')
    const from = performance.now()
    await stopped
    expect(performance.now() - from).toBeLessThan(DRAIN_SECONDS * 1000)
  })
})
