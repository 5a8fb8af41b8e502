import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createClient, WeirError } from '../../sdk/src/weir-client.ts'
import { type TestApp, type TestUpstream, type TestWeir, answerOk } from '../e2e/harness.ts'
import { startTestWeir, startUpstream } from '../e2e/harness.ts'
import { clientOf } from './client-of.ts'

let upstream: TestUpstream
let weir: TestWeir
let app: TestApp
let answer = answerOk

beforeAll(async () => {
  upstream = await startUpstream((request, response) => answer(request, response))
  weir = await startTestWeir({ upstream: upstream.url })
})

beforeEach(async () => {
  answer = answerOk
  app = await weir.newApp()
})

afterAll(async () => {
  await weir.stop()
  await upstream.close()
})

/** One request a second, as the burst of thirty a minute. */
const oneASecond = { app: { GetApp: 30, SendMessage: 30 } }

/** What a call that has to fail rejects with. */
async function failureOf(call: Promise<unknown>): Promise<WeirError> {
  const thrown = await call.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(thrown).toBeInstanceOf(WeirError)
  return thrown as WeirError
}

describe('an answer', () => {
  it('carries the data and what is left of the limits', async () => {
    const client = await clientOf(weir, app)
    const { data, metadata } = await client.get<{ url: string }>('/app', { query: { a: 1, b: ['x', 'y'] } })
    expect(data.url).toBe('/app?a=1&b=x&b=y')
    expect(metadata).toMatchObject({
      responseCode: 200,
      rateLimit: { rateLimit: 1000, rateLimitRemaining: 999 },
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      tries: 1,
    })
    const { rateLimitReset } = metadata.rateLimit
    expect(rateLimitReset).toBeInstanceOf(Date)
    expect(rateLimitReset!.getTime() % 60_000).toBe(0)
    expect(metadata.policies.map(({ name, limit, windowSeconds }) => [name, limit, windowSeconds])).toEqual([
      ['app', 1000, 60],
      ['burst', 34, 1],
      ['user', 60, 60],
    ])
  })

  it('to a body comes from the body as it was given', async () => {
    let received = ''
    answer = (request, response) => {
      request.setEncoding('utf8').on('data', (text: string) => (received += text))
      request.on('end', () => response.end())
    }
    const client = await clientOf(weir, app)
    const { data } = await client.post('/channels/{type}/{id}/message', {
      params: { type: 'messaging', id: 'general' },
      body: { message: { text: 'Grüße' } },
    })
    expect(data).toBeUndefined()
    expect(JSON.parse(received)).toEqual({ message: { text: 'Grüße' } })
    expect(upstream.received.at(-1)!.headers['content-type']).toBe('application/json')
    const stream = new Blob(['{"streamed":true}']).stream()
    received = ''
    await client.post('/users', { body: stream, headers: { 'content-type': 'application/json' } })
    expect(received).toBe('{"streamed":true}')
  })

  it('is asked for with a fresh token each time, when the token is a function', async () => {
    const tokens = [await app.token({ user_id: 'ann' }), await app.token({ user_id: 'bob' })]
    const client = await clientOf(weir, app, { token: () => Promise.resolve(tokens.shift()!) })
    for (const user of ['ann', 'bob']) {
      await client.get('/app')
      expect(upstream.received.at(-1)!.headers['weir-user']).toBe(user)
    }
  })
})

describe('an error', () => {
  it('of Weir’s carries its code, what to do, and the same metadata', async () => {
    const limited = await weir.newApp({ limits: oneASecond })
    const client = await clientOf(weir, limited, { retry: false })
    const failures = await Promise.all(
      [1, 2, 3].map(() => client.get('/app').catch((error: unknown) => error)),
    )
    const error = failures.find(failure => failure instanceof WeirError)!
    expect(error).toMatchObject({
      code: 'rate-limited',
      status: 429,
      fix: 'Wait for `Retry-After` seconds and try again.',
      scope: 'burst',
      violatedPolicies: ['burst'],
      endpoint: 'GetApp',
      platform: 'web',
      local: false,
      metadata: {
        responseCode: 429,
        rateLimit: { rateLimit: 1, rateLimitRemaining: 0 },
        retryAfterMs: 1000,
        tries: 1,
      },
    })
    expect(error.requestId).toBe(error.metadata.requestId)
    expect(error.metadata.rateLimit.rateLimitReset).toBeInstanceOf(Date)
  })

  it('of the API’s keeps the API’s code, or is an http-error with its body', async () => {
    const client = await clientOf(weir, app)
    answer = (_, response) => {
      response.writeHead(403, { 'content-type': 'application/problem+json' })
      response.end('{"code":"not-a-member","title":"No","detail":"Join first"}')
    }
    const problem = await failureOf(client.get('/app'))
    expect(problem).toMatchObject({ code: 'not-a-member', detail: 'Join first', status: 403 })
    expect(problem.metadata.rateLimit.rateLimit).toBe(1000)
    answer = (_, response) => response.writeHead(404, { 'content-type': 'text/plain' }).end('nowhere')
    expect(await failureOf(client.get('/app'))).toMatchObject({ code: 'http-error', body: 'nowhere' })
    answer = (_, response) => response.setHeader('content-type', 'application/json').end('{"cut":')
    expect(await failureOf(client.get('/app'))).toMatchObject({ code: 'invalid-answer', status: 200 })
  })

  it('without an answer is a network-error, after as many tries as were allowed', async () => {
    const { port } = await new Promise<AddressInfo>(resolve => {
      const gone = createServer()
      gone.listen(0, '127.0.0.1', () => {
        const address = gone.address() as AddressInfo
        gone.close(() => resolve(address))
      })
    })
    const client = createClient({ baseUrl: `http://127.0.0.1:${port}`, retry: { tries: 3, baseMs: 1 } })
    const read = await failureOf(client.get('/app'))
    expect(read).toMatchObject({ code: 'network-error', status: 0, metadata: { responseCode: 0, tries: 3 } })
    expect(read.cause).toBeInstanceOf(TypeError)
    const written = await failureOf(client.post('/users', { body: {} }))
    expect(written.metadata.tries).toBe(1)
  })
})

describe('a client that is limited', () => {
  it('waits and goes on, also with a request that may not be carried out twice', async () => {
    const limited = await weir.newApp({ limits: oneASecond })
    const client = await clientOf(weir, limited)
    const send = () =>
      client.post('/channels/{type}/{id}/message', {
        params: { type: 'messaging', id: 'general' },
        body: { message: { text: 'Hi' } },
      })
    const before = upstream.received.length
    const answers = [await send(), await send(), await send()]
    expect(answers.map(({ metadata }) => metadata.responseCode)).toEqual([200, 200, 200])
    expect(answers.some(({ metadata }) => metadata.tries > 1)).toBe(true)
    expect(upstream.received.length - before).toBe(3)
  })

  it('that is aborted in the wait ends at once, with the signal’s reason', async () => {
    const limited = await weir.newApp({ limits: { app: { GetApp: 1 }, user: { GetApp: 1 } } })
    const client = await clientOf(weir, limited)
    const aborting = new AbortController()
    const reason = new Error('changed my mind')
    // One a minute, so that this is in the middle of a long wait; more than two, should the minute turn.
    const waiting = Array.from({ length: 4 }, () => client.get('/app', { signal: aborting.signal }))
    const ends = Promise.allSettled(waiting)
    await Promise.any(waiting)
    setTimeout(() => aborting.abort(reason), 300)
    const from = performance.now()
    const rejected = (await ends).filter(end => end.status === 'rejected')
    expect(performance.now() - from).toBeLessThan(10_000)
    expect(rejected.length).toBeGreaterThan(0)
    for (const end of rejected) expect(end.reason).toBe(reason)
  })

  it('is not kept waiting by a server that asks for more than it would wait', async () => {
    const limited = await weir.newApp({ limits: oneASecond })
    const client = await clientOf(weir, limited, { retry: { maxWaitMs: 500 } })
    const ends = await Promise.allSettled([1, 2, 3].map(() => client.get('/app')))
    const rejected = ends.filter(end => end.status === 'rejected').map(end => end.reason as WeirError)
    expect(rejected.length).toBeGreaterThan(0)
    expect(rejected[0]).toMatchObject({ code: 'rate-limited', metadata: { tries: 1 } })
  })
})

describe('a busy API', () => {
  function busyOnce(): void {
    let busy = true
    answer = (request, response) => {
      if (!busy) return answerOk(request, response)
      busy = false
      response.writeHead(503, { 'retry-after': new Date(Date.now() + 1000).toUTCString() }).end()
    }
  }

  it.each([
    ['a GET', { method: 'get', options: {} }, 200],
    ['a POST with an idempotency key', { method: 'post', options: { idempotencyKey: 'k', body: {} } }, 200],
    ['a POST without one', { method: 'post', options: { body: {} } }, 503],
  ] as const)('is asked again by %s only if that is safe: %o', async (_, { method, options }, status) => {
    busyOnce()
    const client = await clientOf(weir, app)
    const metadata = await client[method]('/users', options).then(
      done => done.metadata,
      (error: unknown) => (error as WeirError).metadata,
    )
    expect(metadata.responseCode).toBe(status)
    expect(metadata.tries).toBe(status === 200 ? 2 : 1)
  })

  it('gets a stream only once, since it is used up', async () => {
    busyOnce()
    const client = await clientOf(weir, app)
    const body = new Blob(['{}']).stream()
    const error = await failureOf(client.post('/users', { body, idempotencyKey: 'k' }))
    expect(error).toMatchObject({ status: 503, metadata: { tries: 1 } })
  })
})

it('a plan’s number is not waited for: its 429 comes at once', async () => {
  answer = (_, response) => {
    response.writeHead(429, { 'content-type': 'application/problem+json', 'retry-after': '1' })
    response.end('{"code":"connections-exhausted","scope":"plan","detail":"All open"}')
  }
  const client = await clientOf(weir, app)
  expect(await failureOf(client.get('/app'))).toMatchObject({ scope: 'plan', metadata: { tries: 1 } })
})

describe('the app’s limits', () => {
  it('are shown for platforms in either spelling and endpoints as a list or text', async () => {
    const client = await clientOf(weir, app, { claims: { server: true } })
    const whole = await client.getRateLimits()
    expect(Object.keys(whole.data)).toEqual(['duration', 'server_side', 'android', 'ios', 'web'])
    const expected = { GetApp: { limit: 1000 }, Search: { limit: 300 } }
    for (const question of [
      { server_side: true, ios: true, endpoints: 'GetApp,Search' },
      { serverSide: true, ios: true, web: false, endpoints: ['GetApp', 'Search'] },
    ]) {
      const { data, metadata } = await client.getRateLimits(question)
      expect(Object.keys(data)).toEqual(['duration', 'server_side', 'ios'])
      expect(data.server_side).toMatchObject(expected)
      expect(Object.keys(data.ios!)).toEqual(['GetApp', 'Search'])
      expect(metadata.rateLimit.rateLimit).toBe(1000)
    }
  })

  it('of unknown names are an error that lists the known ones', async () => {
    const client = await clientOf(weir, app, { claims: { server: true } })
    const error = await failureOf(client.getRateLimits({ tizen: true }))
    expect(error).toMatchObject({ code: 'invalid-query', status: 400 })
    expect(error.detail).toContain('server_side')
    const user = await clientOf(weir, app)
    expect(await failureOf(user.getRateLimits())).toMatchObject({ code: 'server-token-required' })
  })
})
