import { type RequestListener, STATUS_CODES } from 'node:http'
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestWeir, startTestWeir, startUpstream } from './harness.ts'
import { outcomesOf } from './recorded.ts'
import { ask, connectRaw, head } from './raw-client.ts'

const TIMEOUT_MS = 2000
const shortTimeout = (text: string) =>
  text.replace('timeoutMs: 10000', `timeoutMs: ${TIMEOUT_MS}`).replace('  user: 60 ', '  user: off ')

/** An upstream that does with its connections what it likes. */
let rough: Server
type Behaviour = (socket: Socket) => void
/** Chosen by the request's query, so that many can run at once. */
const behaviours: Behaviour[] = []
let weir: TestWeir

beforeAll(async () => {
  rough = createServer(socket => {
    socket.on('error', () => socket.destroy())
    socket.once('data', data => {
      const [, index] = /^[A-Z]+ \S+\?(\d+) /.exec(data.toString('latin1')) ?? []
      behaviours[Number(index)]!(socket)
    })
  })
  await new Promise<void>(resolve => rough.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(rough.address() as AddressInfo).port}`
  weir = await startTestWeir({ upstream: url, contract: shortTimeout })
})

afterAll(async () => {
  await weir.stop()
  rough.close()
})

/** A path whose requests the upstream answers so. */
const pathTo = (behaviour: Behaviour) => `/app?${behaviours.push(behaviour) - 1}`

/** Every failure is told the same way: a problem, with the limits and CORS beside it. */
async function expectFailure(response: Response, status: number, code: string): Promise<void> {
  const problem = (await response.json()) as { code: string; status: number; requestId: string }
  expect(problem).toMatchObject({ status, code })
  expect([response.status, response.statusText]).toEqual([status, STATUS_CODES[status]])
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(response.headers.get('weir-request-id')).toBe(problem.requestId)
  expect(response.headers.get('x-ratelimit-limit')).toBe('1000')
  expect(response.headers.get('ratelimit')).toMatch(/^"app";r=\d+;t=\d+, "burst";r=\d+;t=\d$/)
  expect(response.headers.get('access-control-allow-origin')).toBe('*')
  expect(response.headers.get('retry-after')).toBeNull()
}

describe.concurrent('an upstream that fails before its answer began', () => {
  const answers = (text: string) => (socket: Socket) => void socket.end(text, 'latin1')
  const cases: readonly [string, (socket: Socket) => void, number, string][] = [
    ['resets the connection', socket => socket.resetAndDestroy(), 502, 'upstream-reset'],
    ['closes the connection', socket => void socket.end(), 502, 'upstream-reset'],
    ['stops within the head', answers('HTTP/1.1 200 OK\r\nA: b\r\n'), 502, 'upstream-reset'],
    ['speaks no HTTP', answers('SSH-2.0-OpenSSH_9.9\r\n\r\n'), 502, 'upstream-invalid'],
    ['sends a field without a name', answers('HTTP/1.1 200 OK\r\n: b\r\n\r\n'), 502, 'upstream-invalid'],
    [
      'sends two lengths',
      answers('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'),
      502,
      'upstream-invalid',
    ],
    [
      'sends a head without end',
      answers(`HTTP/1.1 200 OK\r\nA: ${'b'.repeat(40_000)}\r\n\r\n`),
      502,
      'upstream-invalid',
    ],
    [
      'sends a field that cannot be passed on',
      answers('HTTP/1.1 200 Fine\r\nA: b\x01c\r\ncontent-length: 0\r\n\r\n'),
      502,
      'upstream-invalid',
    ],
    [
      'switches protocols unasked',
      answers('HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
      502,
      'upstream-invalid',
    ],
    ['says nothing', () => undefined, 504, 'upstream-timeout'],
    [
      'only says it will',
      socket => void socket.write('HTTP/1.1 102 Processing\r\n\r\n'),
      504,
      'upstream-timeout',
    ],
  ]
  it.each(cases)('one that %s', async (_, does, status, code) => {
    const app = await weir.newApp()
    await expectFailure(await app.call(pathTo(does)), status, code)
    expect(await outcomesOf(weir, app, 1)).toEqual({ failed: 1 })
  })

  it('one that refuses connections, also for a request with a body', async () => {
    const gone = await startUpstream()
    await gone.close()
    const alone = await startTestWeir({ upstream: gone.url, contract: shortTimeout })
    const caller = await alone.newApp()
    await expectFailure(await caller.call('/app'), 502, 'upstream-unreachable')
    const posted = await caller.call('/users', { method: 'POST', body: '{}' })
    await expectFailure(posted, 502, 'upstream-unreachable')
    expect(await outcomesOf(alone, caller, 2)).toEqual({ failed: 2 })
    await alone.stop()
  })

  it('a reason phrase passes in the bytes it came in', async () => {
    const app = await weir.newApp()
    const path = pathTo(answers('HTTP/1.1 200 \xe2\x82\xac \xc3\xbc\r\nContent-Length: 0\r\n\r\n'))
    const credentials = { 'x-api-key': app.apiKey, authorization: await app.token({ user_id: 'ann' }) }
    const answer = await ask(weir.weir.gatewayUrl, head(`GET ${path}`, credentials))
    expect([answer.status, answer.reason]).toEqual([200, '\xe2\x82\xac \xc3\xbc'])
  })

  it('its own 5xx passes as it stands and is a failure, its 4xx is the client’s', async () => {
    const app = await weir.newApp()
    for (const status of [500, 503, 599, 404, 499]) {
      const own = `HTTP/1.1 ${status} Own Reason\r\nContent-Length: 3\r\nRetry-After: 9\r\n\r\nown`
      const response = await app.call(pathTo(answers(own)))
      expect([response.status, response.statusText, await response.text()]).toEqual([
        status,
        'Own Reason',
        'own',
      ])
      expect(response.headers.get('retry-after')).toBe('9')
    }
    expect(await outcomesOf(weir, app, 5)).toEqual({ failed: 3, 'client-error': 2 })
  })
})

describe.concurrent('an upstream that fails within its answer', () => {
  const begun = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'

  it.each([
    [
      'a reset',
      (socket: Socket) => void socket.write(begun, () => setTimeout(() => socket.resetAndDestroy(), 20)),
    ],
    ['an early end', (socket: Socket) => void socket.end(begun)],
    ['an early end of chunks', (socket: Socket) => void socket.end(chunked)],
    ['garbage for a chunk', (socket: Socket) => void socket.end(`${chunked}zz\r\n`)],
  ])('cuts the client’s connection and is a failure: %s', async (_, does) => {
    const app = await weir.newApp()
    const response = await app.call(pathTo(does))
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow('terminated')
    expect(await outcomesOf(weir, app, 1)).toEqual({ failed: 1 })
  })

  it('a client that leaves a body that hangs is aborted, and the upstream is let go', async () => {
    const left = Promise.withResolvers<void>()
    const app = await weir.newApp()
    const path = pathTo(socket => {
      socket.write(begun)
      socket.once('close', () => left.resolve())
    })
    const client = await connectRaw(weir.weir.gatewayUrl)
    const credentials = { 'x-api-key': app.apiKey, authorization: await app.token({ user_id: 'ann' }) }
    client.write(head(`GET ${path}`, credentials))
    await client.head()
    expect((await client.bytes(4)).toString()).toBe('half')
    client.socket.destroy()
    await left.promise
    expect(await outcomesOf(weir, app, 1)).toEqual({ aborted: 1 })
  })
})

describe('several upstreams', () => {
  const count: RequestListener = (request, response) => {
    let bytes = 0
    request.on('data', (chunk: Buffer) => (bytes += chunk.length))
    request.on('end', () => response.end(JSON.stringify({ bytes })))
  }

  it('one that refuses is set aside, and every request is served, with a body or without', async () => {
    const [first, second, gone] = await Promise.all([
      startUpstream(count),
      startUpstream(count),
      startUpstream(),
    ])
    await gone.close()
    const several = await startTestWeir({
      upstream: gone.url,
      contract: shortTimeout,
      settings: { upstream: [gone.url, first.url, second.url] },
    })
    const caller = await several.newApp()
    const body = 'x'.repeat(300_000)
    // All at once: none of them can know from another that the first address refuses.
    const posts = Array.from({ length: 10 }, () => caller.call('/users', { method: 'POST', body }))
    for (const response of await Promise.all(posts)) {
      expect(await response.json()).toMatchObject({ bytes: body.length })
    }
    for (let i = 0; i < 10; i++) expect((await caller.call('/app')).status).toBe(200)
    expect(await outcomesOf(several, caller, 20)).toEqual({ served: 20 })
    expect(first.received.length).toBeGreaterThan(0)
    expect(second.received.length).toBeGreaterThan(0)
    await several.stop()
    await Promise.all([first.close(), second.close()])
  })
})
