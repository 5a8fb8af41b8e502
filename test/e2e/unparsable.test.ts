import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApp, type TestUpstream, type TestWeir, startTestWeir, startUpstream } from './harness.ts'
import { ask, connectRaw, head } from './raw-client.ts'

let upstream: TestUpstream
let weir: TestWeir
let app: TestApp

beforeAll(async () => {
  upstream = await startUpstream()
  weir = await startTestWeir({
    upstream: upstream.url,
    contract: text => text.replace('unmatched: reject', 'unmatched: Other'),
  })
  app = await weir.newApp()
})

afterAll(async () => {
  await weir.stop()
  await upstream.close()
})

describe('what is no request', () => {
  it.each([
    ['an unknown method', 'BREW / HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'malformed-request'],
    ['no HTTP at all', 'hello there\r\n\r\n', 400, 'malformed-request'],
    ['a folded field', 'GET /app HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n', 400, 'malformed-request'],
    [
      'two ways to end the body',
      'POST /users HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'malformed-request',
    ],
    ['CONNECT', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n', 400, 'malformed-request'],
    [
      'too many fields',
      `GET /app HTTP/1.1\r\nHost: x\r\nA: ${'b'.repeat(17_000)}\r\n\r\n`,
      431,
      'headers-too-large',
    ],
    ['an odd expectation', 'GET /app HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n', 417, 'expectation-failed'],
  ])('is answered with a problem: %s', async (_, bytes, status, code) => {
    const before = upstream.received.length
    const answer = await ask(weir.weir.gatewayUrl, bytes)
    expect(answer.status).toBe(status)
    expect(answer.one('content-type')).toBe('application/problem+json')
    const problem = JSON.parse(answer.body.toString()) as Record<string, unknown>
    expect(problem).toMatchObject({ code, status, requestId: answer.one('weir-request-id') })
    expect(upstream.received.length).toBe(before)
  })

  it('ends its connection, and the next good request is answered', async () => {
    const client = await connectRaw(weir.weir.gatewayUrl)
    client.write('nonsense\r\n\r\n')
    expect((await client.answer()).one('connection')).toBe('close')
    expect(await client.rest()).toHaveLength(0)
    client.socket.destroy()
    expect((await app.call('/app')).status).toBe(200)
  })
})

it('with a name for what matches nothing, a preflight allows every method', async () => {
  const asking = { origin: 'https://page.test', 'access-control-request-method': 'PUT' }
  const answer = await ask(weir.weir.gatewayUrl, head('OPTIONS /whatever', asking))
  expect(answer.one('access-control-allow-methods')?.split(', ')).toContain('PUT')
  expect((await app.call('/whatever', { method: 'PUT', body: 'x' })).status).toBe(200)
})
