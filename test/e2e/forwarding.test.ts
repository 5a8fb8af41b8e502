import type { RequestListener } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TestApp, type TestUpstream, type TestWeir } from './harness.ts'
import { answerOk, startTestWeir, startUpstream } from './harness.ts'
import { ask, connectRaw, head } from './raw-client.ts'
import { outcomesOf, requestsOf } from './recorded.ts'

let upstream: TestUpstream
let listener: RequestListener
let weir: TestWeir
let app: TestApp
let credentials: Record<string, string>

beforeAll(async () => {
  upstream = await startUpstream((request, response) => listener(request, response))
  weir = await startTestWeir({ upstream: upstream.url })
})

beforeEach(async () => {
  listener = answerOk
  app = await weir.newApp()
  credentials = { 'x-api-key': app.apiKey, authorization: await app.token({ user_id: 'ann' }) }
})

afterAll(async () => {
  await weir.stop()
  await upstream.close()
})

const raw = (line: string, fields: Record<string, string> = {}) =>
  ask(weir.weir.gatewayUrl, head(line, { ...credentials, ...fields }))

describe('fields of one connection stay there', () => {
  const hopByHop = {
    'keep-alive': 'timeout=9',
    'proxy-authenticate': 'Basic',
    'proxy-authorization': 'Basic abc',
    'proxy-connection': 'keep-alive',
    te: 'trailers',
    trailer: 'x-sum',
  }

  it('the client’s', async () => {
    const connection = 'keep-alive, X-Mine, x-other'
    const fields = { ...hopByHop, connection, 'x-mine': '1', 'X-Other': '2', 'x-kept': '3', upgrade: 'h2c' }
    expect((await raw('GET /app', fields)).status).toBe(200)
    const seen = upstream.received.at(-1)!.headers
    for (const name of [...Object.keys(hopByHop), 'x-mine', 'x-other', 'upgrade']) {
      expect([name, seen[name]]).toEqual([name, undefined])
    }
    expect(seen).toMatchObject({ 'x-kept': '3', connection: 'keep-alive' })
  })

  it('the upstream’s, also when several Connection fields name them', async () => {
    listener = (_, response) => {
      const named = ['Connection', 'x-mine, close', 'Connection', 'X-Other', 'x-mine', '1', 'x-other', '2']
      const rest = ['x-kept', '3', ...Object.entries(hopByHop).flat()]
      response.writeHead(200, [...named, ...rest]).end('ok')
    }
    const answer = await raw('GET /app')
    for (const name of [...Object.keys(hopByHop), 'x-mine', 'x-other']) {
      // Weir’s server says how long it keeps its own connection.
      if (name === 'keep-alive') expect(answer.all(name)).not.toContain('timeout=9')
      else expect([name, answer.all(name)]).toEqual([name, []])
    }
    expect([answer.one('x-kept'), answer.body.toString()]).toEqual(['3', 'ok'])
  })

  it('a length that Connection names still frames the body', async () => {
    const client = await connectRaw(weir.weir.gatewayUrl)
    const fields = { ...credentials, connection: 'content-length', 'content-length': '5' }
    client.write(`${head('POST /users', fields)}hello${head('GET /app', credentials)}`)
    const bodies = [await client.answer(), await client.answer()].map(({ body }) =>
      JSON.parse(body.toString()),
    )
    expect(bodies.map(({ url }: { url: string }) => url)).toEqual(['/users', '/app'])
    client.socket.destroy()
  })
})

it('every other field of the upstream passes, Set-Cookie as often as it comes', async () => {
  listener = (_, response) => {
    const cookies = ['a=1; Path=/', 'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT']
    response.setHeader('set-cookie', cookies).setHeader('date', 'Thu, 01 Jan 1970 00:00:00 GMT')
    response.setHeader('vary', ['Accept', 'Origin']).end()
  }
  const answer = await raw('GET /app')
  expect(answer.all('set-cookie')).toEqual(['a=1; Path=/', 'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT'])
  expect(answer.all('date')).toEqual(['Thu, 01 Jan 1970 00:00:00 GMT'])
  expect(answer.all('vary')).toEqual(['Accept', 'Origin'])
})

it('the upstream’s own fields about limits, CORS and request id are replaced', async () => {
  const own = {
    'X-RateLimit-Limit': '7',
    'x-ratelimit-remaining': '7',
    'X-RATELIMIT-RESET': '7',
    RateLimit: '"own";r=7;t=7',
    'RateLimit-Policy': '"own";q=7;w=7',
    'Weir-Request-Id': 'own',
    'Access-Control-Allow-Origin': 'https://own.test',
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Expose-Headers': 'own',
  }
  listener = (_, response) => response.writeHead(200, own).end()
  const answer = await raw('GET /app', { origin: 'https://page.test' })
  for (const value of Object.values(own)) expect(answer.fields.map(([, each]) => each)).not.toContain(value)
  expect(answer.one('x-ratelimit-limit')).toBe('1000')
  expect(answer.one('x-ratelimit-remaining')).toBe('999')
  expect(answer.one('ratelimit-policy')).toBe('"app";q=1000;w=60, "burst";q=34;w=1, "user";q=60;w=60')
  expect(answer.one('ratelimit')).toMatch(/^"app";r=999;t=\d+, "burst";r=33;t=\d, "user";r=59;t=\d+$/)
  expect(answer.one('access-control-allow-origin')).toBe('*')
  expect(answer.one('access-control-allow-credentials')).toBeUndefined()
  expect(answer.one('access-control-expose-headers')).toMatch(/x-ratelimit-limit.*retry-after/)
})

describe('what Weir refuses never reaches the upstream', () => {
  const problemOf = (body: Buffer) => JSON.parse(body.toString()) as { code: string; detail: string }

  it.each([
    '/a/../app',
    '/./app',
    '/%2e%2e/app',
    '/..;x/app',
    '/app%00',
    '/app%0a',
    '/a%5cb',
    '/a\\b',
    '/app%',
    '/app%zz',
    '/app#part',
    'http://api.test/app',
  ])('a path that can be read in more than one way is a 400: %s', async path => {
    const before = upstream.received.length
    const answer = await raw(`GET ${path}`)
    expect([answer.status, problemOf(answer.body).code]).toEqual([400, 'malformed-request'])
    expect(answer.one('access-control-allow-origin')).toBe('*')
    expect(upstream.received.length).toBe(before)
  })

  it('404, 405 with Allow, 426: each its own, counted as unmatched and never against a limit', async () => {
    const before = upstream.received.length
    const nothing = await raw('GET /nothing')
    expect([nothing.status, problemOf(nothing.body).code]).toEqual([404, 'no-such-endpoint'])
    const method = await raw('DELETE /users')
    expect([method.status, method.one('allow')]).toEqual([405, 'GET, HEAD, POST'])
    const plain = await raw('GET /connect')
    expect([plain.status, plain.one('upgrade'), plain.one('connection')]).toEqual([
      426,
      'websocket',
      'Upgrade',
    ])
    for (const answer of [nothing, method, plain]) expect(answer.one('x-ratelimit-limit')).toBeUndefined()
    expect(upstream.received.length).toBe(before)
    expect(await outcomesOf(weir, app, 3)).toEqual({ unmatched: 3 })
  })

  it('%41 and A are one path, and one counter', async () => {
    const remaining = async (path: string) => Number((await raw(`GET ${path}`)).one('x-ratelimit-remaining'))
    const [first, second] = [await remaining('/app'), await remaining('/%61pp')]
    // A minute that turned in between begins with 999 again.
    expect([first - 1, 999]).toContain(second)
    expect(upstream.received.at(-1)!.url).toBe('/%61pp')
  })

  it('an HTTP message that cannot be parsed ends its connection alone', async () => {
    const client = await connectRaw(weir.weir.gatewayUrl)
    client.write('NONSENSE\r\n\r\n')
    expect((await client.rest()).toString()).toMatch(/^HTTP\/1\.1 400 /)
    client.socket.destroy()
    expect((await raw('GET /app')).status).toBe(200)
  })
})

describe('CORS', () => {
  const origin = 'https://page.test'

  it('a preflight is answered by Weir, without credentials, and counted nowhere', async () => {
    const before = upstream.received.length
    const asking = { origin, 'access-control-request-method': 'POST', 'x-api-key': app.apiKey }
    for (const path of ['/users', '/nothing', `/users?api_key=${app.apiKey}`]) {
      const answer = await ask(weir.weir.gatewayUrl, head(`OPTIONS ${path}`, asking))
      expect(answer.status).toBe(204)
      expect(answer.one('access-control-allow-origin')).toBe('*')
      expect(answer.one('access-control-allow-methods')?.split(', ')).toEqual(['GET', 'HEAD', 'POST'])
      const allowed = answer.one('access-control-allow-headers')?.toLowerCase().split(', ')
      expect(allowed).toEqual(
        expect.arrayContaining(['x-api-key', 'authorization', 'x-client', 'content-type']),
      )
      expect(answer.one('access-control-max-age')).toBe('86400')
      expect(answer.one('access-control-allow-credentials')).toBeUndefined()
      expect(answer.one('x-ratelimit-limit')).toBeUndefined()
    }
    expect(upstream.received.length).toBe(before)
    await app.call('/app')
    expect(await outcomesOf(weir, app, 1)).toEqual({ served: 1 })
    expect(requestsOf(weir, app).map(({ endpoint }) => endpoint)).toEqual(['GetApp'])
  })

  it('an OPTIONS that is no preflight is a request like any other', async () => {
    expect((await raw('OPTIONS /users', { origin })).status).toBe(405)
  })

  it('every error carries the fields, and can be read by the page', async () => {
    const refused = [
      await ask(weir.weir.gatewayUrl, head('GET /app', { origin })),
      await raw('GET /app', { origin, authorization: 'x' }),
      await raw('GET /nothing', { origin }),
      await raw('DELETE /users', { origin }),
    ]
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 404, 405])
    for (const answer of refused) {
      expect(answer.one('access-control-allow-origin')).toBe('*')
      expect(answer.one('access-control-expose-headers')).toContain('weir-request-id')
      expect(answer.one('content-type')).toBe('application/problem+json')
      const { requestId } = JSON.parse(answer.body.toString()) as { requestId: string }
      expect(answer.one('weir-request-id')).toBe(requestId)
    }
  })
})

it('health and readiness call nobody’s upstream', async () => {
  const before = upstream.received.length
  for (const path of ['/healthz', '/readyz', '/metrics']) {
    expect((await fetch(weir.weir.controlUrl + path)).status).toBe(200)
  }
  expect(upstream.received.length).toBe(before)
})

it('the connection of a failed upload serves the next request', async () => {
  const gone = await startUpstream()
  await gone.close()
  const alone = await startTestWeir({ upstream: gone.url, settings: { threads: 1 } })
  const caller = await alone.newApp()
  const token = await caller.token({ user_id: 'ann' })
  const client = await connectRaw(alone.weir.gatewayUrl)
  const fields = { 'x-api-key': caller.apiKey, authorization: token }
  client.write(head('POST /users', { ...fields, 'content-length': '300000' }) + 'x'.repeat(300_000))
  expect((await client.answer()).status).toBe(502)
  client.write(head('GET /nothing', fields))
  expect((await client.answer()).status).toBe(404)
  // Those that leave while they are being told concern nobody else: not this connection either.
  const uploading = head('POST /users', { ...fields, 'content-length': '300000' }) + 'x'.repeat(1000)
  for (let i = 0; i < 30; i++) {
    const upload = await connectRaw(alone.weir.gatewayUrl)
    upload.socket.write(uploading, () => upload.socket.resetAndDestroy())
    await upload.closed
  }
  for (let i = 0; i < 5; i++) {
    client.write(head('GET /nothing', fields))
    expect((await client.answer()).status).toBe(404)
  }
  client.socket.destroy()
  await alone.stop()
})
