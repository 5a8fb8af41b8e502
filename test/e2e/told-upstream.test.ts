import { createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApp, type TestUpstream, type TestWeir, startTestWeir, startUpstream } from './harness.ts'
import { ask, head } from './raw-client.ts'

const KEY = 'a key that only the upstream and Weir know'
let upstream: TestUpstream
let weir: TestWeir
let app: TestApp
let token: string

beforeAll(async () => {
  upstream = await startUpstream()
  weir = await startTestWeir({ upstream: upstream.url, env: { WEIR_UPSTREAM_KEY: KEY } })
  app = await weir.newApp({ limits: { user: { GetApp: 'off' } } })
  token = await app.token({ user_id: 'ann' })
})

afterAll(async () => {
  await weir.stop()
  await upstream.close()
})

/** Sends these lines after the credentials; returns the request as it reached the upstream. */
async function reached(target: string, lines: readonly string[] = []): Promise<IncomingMessage> {
  const fields = [`x-api-key: ${app.apiKey}`, `authorization: ${token}`, 'host: api.test', ...lines]
  const request = `GET ${target} HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`
  expect((await ask(weir.weir.gatewayUrl, Buffer.from(request, 'latin1'))).status).toBe(200)
  return upstream.received.at(-1)!
}

/** Values of a field, also where a server would read `_` as `-`. */
function valuesOf({ rawHeaders }: IncomingMessage, name: string): string[] {
  return rawHeaders.filter(
    (_, i) => i % 2 === 1 && rawHeaders[i - 1]!.toLowerCase().replaceAll('_', '-') === name,
  )
}

function signatureOver(request: IncomingMessage): string {
  const of = (name: string) => valuesOf(request, name)[0] ?? ''
  const weirFields = ['weir-app', 'weir-user', 'weir-platform', 'weir-endpoint', 'weir-request-id'].map(of)
  const signed = [of('weir-timestamp'), request.method, request.url, ...weirFields]
  return createHmac('sha256', KEY).update(signed.join('\n')).digest('hex')
}

describe('what Weir tells the upstream cannot be said by a client', () => {
  const names = ['weir-app', 'weir-user', 'weir-platform', 'weir-endpoint', 'weir-request-id']
  const signed = [...names, 'weir-signature', 'weir-timestamp']
  const forwarded = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto']

  it('in any letter case, twice, with underscores, or named in Connection', async () => {
    const spellings = (name: string) => [name, name.toUpperCase(), name.replaceAll('-', '_'), name]
    const lines = [...signed, ...forwarded].flatMap(spellings).map(name => `${name}: spoof`)
    const request = await reached('/app', [...lines, `Connection: ${signed.join(', ')}`, 'x-own: kept'])
    for (const name of [...signed, ...forwarded])
      expect([name, valuesOf(request, name).length]).toEqual([name, 1])
    expect(request.rawHeaders).not.toContain('spoof')
    expect(valuesOf(request, 'x-own')).toEqual(['kept'])
    const told = names.slice(0, 4).map(name => valuesOf(request, name)[0])
    expect(told).toEqual([app.id, 'ann', 'web', 'GetApp'])
  })

  it('a server token without a user leaves no room for a client’s weir-user', async () => {
    const response = await app.call('/app', { claims: { server: true }, headers: { 'Weir-User': 'ann' } })
    const { headers } = (await response.json()) as { headers: Record<string, string> }
    expect(headers['weir-user']).toBeUndefined()
  })

  it('X-Forwarded-* tell the connection as Weir saw it', async () => {
    const request = await reached('/app', ['Forwarded: for=spoof', 'X-Forwarded-For: spoof'])
    const told = [...forwarded, 'forwarded'].map(name => valuesOf(request, name))
    expect(told).toEqual([['127.0.0.1'], ['api.test'], ['http'], []])
    expect(request.headers.host).toBe(new URL(upstream.url).host)
  })

  it('the answer’s request id is the one the upstream was told', async () => {
    const response = await app.call('/app')
    const { headers } = (await response.json()) as { headers: Record<string, string> }
    expect(response.headers.get('weir-request-id')).toBe(headers['weir-request-id'])
    expect(headers['weir-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('the signature', () => {
  it('is over timestamp, method, path with query, and the weir fields', async () => {
    const request = await reached('/app?b=2&a=1')
    expect(valuesOf(request, 'weir-signature')).toEqual([signatureOver(request)])
    const [timestamp] = valuesOf(request, 'weir-timestamp')
    expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(5)
  })

  it('has an empty line for a user that is not there', async () => {
    await app.call('/app', { claims: { server: true } })
    const request = upstream.received.at(-1)!
    expect(valuesOf(request, 'weir-signature')).toEqual([signatureOver(request)])
  })
})

describe('the user', () => {
  it.each([
    ['ann', 'ann'],
    ['user@example.com', 'user@example.com'],
    ['Ünïcödé 用户 🦫', undefined],
    ['a b', 'a%20b'],
    ['100%', '100%25'],
    ['%41', '%2541'],
    ['line\nbreak\r\nweir-app: spoof', undefined],
    ['\0', '%00'],
    [' ', '%20'],
    ['a,b;c="d"', 'a,b;c="d"'],
  ])('%j arrives so that decoding gives it back', async (user, written) => {
    const response = await app.call('/app', { claims: { user_id: user } })
    const { headers } = (await response.json()) as { headers: Record<string, string> }
    const value = headers['weir-user']!
    expect(value).toMatch(/^[!-~]+$/)
    expect(decodeURIComponent(value)).toBe(user)
    if (written !== undefined) expect(value).toBe(written)
    expect(headers['weir-app']).toBe(app.id)
  })
})

describe('the query', () => {
  it.each([
    ['?api_key=K&authorization=T', ''],
    ['?a=1&api_key=K&b=2', '?a=1&b=2'],
    ['?api%5Fkey=K&%61uthorization=T&x', '?x'],
    ['?a=%zz&b=%2f&c=+&d=%20&d=1&=&&e', '?a=%zz&b=%2f&c=+&d=%20&d=1&=&&e'],
    ['?q=a?b=c&API_KEY=1&xapi_key=2', '?q=a?b=c&API_KEY=1&xapi_key=2'],
    ['?u=%C3%A4&v=%e4%00', '?u=%C3%A4&v=%e4%00'],
    ['?', '?'],
  ])('%s reaches the upstream as %j', async (sent, seen) => {
    const query = sent.replace('=K', `=${app.apiKey}`).replace('=T', `=${token}`)
    const request = await reached(`/app${query}`)
    expect(request.url).toBe(`/app${seen}`)
  })
})

describe('traceparent', () => {
  const good = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

  it('passes through with its tracestate', async () => {
    const request = await reached('/app', [`Traceparent: ${good}`, 'tracestate: a=1'])
    expect([valuesOf(request, 'traceparent'), valuesOf(request, 'tracestate')]).toEqual([[good], ['a=1']])
  })

  it.each([[''], ['nonsense'], [good.replace('0af7651916cd43dd8448eb211c80319c', '0'.repeat(32))]])(
    'begins here in place of %j',
    async received => {
      const request = await reached('/app', received === '' ? [] : [`traceparent: ${received}`])
      const [begun, ...more] = valuesOf(request, 'traceparent')
      expect(more).toEqual([])
      expect(begun).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)
      const [requestId] = valuesOf(request, 'weir-request-id')
      expect(begun!.split('-')[1]).toBe(requestId!.replaceAll('-', ''))
      expect(begun).not.toBe(received)
    },
  )
})

it('without a key nothing is signed, and a client’s signature does not pass', async () => {
  const unsigned = await startTestWeir({ upstream: upstream.url })
  const other = await unsigned.newApp()
  const fields = { 'x-api-key': other.apiKey, authorization: await other.token({ user_id: 'ann' }) }
  const request = head('GET /app', { ...fields, 'Weir-Signature': 'spoof', 'Weir-Timestamp': '1' })
  expect((await ask(unsigned.weir.gatewayUrl, request)).status).toBe(200)
  const seen = upstream.received.at(-1)!
  expect([valuesOf(seen, 'weir-signature'), valuesOf(seen, 'weir-timestamp')]).toEqual([[], []])
  await unsigned.stop()
})
