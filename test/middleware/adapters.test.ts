import { once } from 'node:events'
import { type IncomingMessage, createServer } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Worker } from 'node:worker_threads'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { Agent, request } from 'undici'
import { afterAll, describe, expect, it } from 'vitest'
import { expressWeir } from '../../src/data-plane/middleware/express.ts'
import { fastifyWeir } from '../../src/data-plane/middleware/fastify.ts'
import { fetchHandler } from '../../src/data-plane/middleware/fetch.ts'
import { honoWeir } from '../../src/data-plane/middleware/hono.ts'
import { admitUpgrade } from '../../src/data-plane/middleware/upgrade.ts'
import { createCounters, createWeir } from '../../src/data-plane/middleware/weir.ts'
import { ask } from './asking.ts'
import { apps, contractText, token } from './contract.ts'
import { type Subject, listening, served, subjects } from './subjects.ts'

const nowMs = Date.UTC(2026, 10, 22)
const clock = () => nowMs
const key = { 'x-api-key': 'key-one' }
const asServer = { ...key, authorization: await token({ server: true }) }
const contract = { text: contractText }
const options = { contract, apps, clock }

const open: Subject[] = []

async function opened(subject: Promise<Subject>): Promise<string> {
  open.push(await subject)
  return open.at(-1)!.url
}

afterAll(async () => {
  for (const subject of open) await subject.close()
})

describe.each(Object.keys(subjects).filter(name => name !== 'gateway'))('%s', name => {
  it('of 4,000 requests at once exactly 1,000 pass', async () => {
    const burstOff = { text: contractText.replace('burst: { divisor: 30 }', 'burst: off') }
    const url = await opened(subjects[name]!({ ...options, contract: burstOff }))
    const agent = new Agent({ connections: 100 })
    const statuses = await Promise.all(
      Array.from({ length: 4000 }, async () => {
        const { statusCode, body } = await request(`${url}/app`, { headers: asServer, dispatcher: agent })
        await body.dump()
        return statusCode
      }),
    )
    await agent.close()
    const count = (wanted: number) => statuses.filter(status => status === wanted).length
    expect([count(201), count(429)]).toEqual([1000, 3000])
  })

  it('a request that only asks to upgrade counts as the endpoint that serves it', async () => {
    const named = { text: contractText.replace('unmatched: reject', 'unmatched: Other') }
    const url = await opened(subjects[name]!({ ...options, contract: named }))
    const headers = { ...asServer, connection: 'Upgrade', upgrade: 'websocket' }
    const { status, body } = await ask(url, { target: '/app', headers })
    expect([status, JSON.parse(body)]).toMatchObject([201, { endpoint: 'GetApp' }])
  })
})

describe('every answer to an admitted request carries the limits', () => {
  it.each([
    ['express', '/app', 500],
    ['express', '/users', 404],
    ['fastify', '/app', 500],
    ['fastify', '/users', 404],
    ['hono', '/app', 500],
    ['hono', '/users', 404],
  ])('%s %s: its own %i too', async (framework, target, status) => {
    const url = await opened(failing(framework))
    const answer = await ask(url, { target, headers: { ...asServer, origin: 'https://good.example' } })
    expect(answer.status).toBe(status)
    expect(answer.headers).toMatchObject({
      'x-ratelimit-remaining': target === '/app' ? '999' : '59',
      'access-control-allow-origin': 'https://good.example',
    })
  })
})

/** An API whose handler throws, in the words of each framework. */
async function failing(framework: string): Promise<Subject> {
  const weir = await createWeir(options)
  const broken = () => {
    throw new Error('planted')
  }
  if (framework === 'express') {
    const app = express().set('env', 'test').use(expressWeir(weir))
    app.get('/app', broken)
    return listening(app)
  }
  if (framework === 'fastify') {
    const app = Fastify()
    await app.register(fastifyWeir(weir))
    app.get('/app', broken)
    return { url: await app.listen({ host: '127.0.0.1', port: 0 }), close: () => app.close() }
  }
  const app = new Hono().use(honoWeir(weir))
  app.get('/app', broken)
  app.onError((_, c) => c.text('failed', 500))
  return served(app.fetch)
}

describe('express', () => {
  it('below a prefix judges the whole path', async () => {
    const app = express().use('/users', expressWeir(await createWeir(options)), (_, response) => {
      response.end('passed')
    })
    const url = await opened(listening(app))
    expect((await ask(url, { target: '/users', headers: asServer })).body).toBe('passed')
    expect((await ask(url, { target: '/users/app', headers: asServer })).status).toBe(404)
  })

  it('takes the head’s fields in each form that Node has, and keeps its own', async () => {
    const weir = await createWeir(options)
    const forms = [
      { 'X-RateLimit-Limit': '7', 'Set-Cookie': ['a=1', 'b=2'] },
      ['X-RateLimit-Limit', '7', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'],
      [
        ['X-RateLimit-Limit', '7'],
        ['Set-Cookie', ['a=1', 'b=2']],
      ],
    ] as const
    let form = 0
    const app = express().use(expressWeir(weir), (_, response) => {
      response.setHeader('Set-Cookie', 'replaced=1')
      response.writeHead(200, 'Good', forms[form++] as never).end()
    })
    const url = await opened(listening(app))
    for (const _ of forms) {
      const { headers } = await ask(url, { target: '/app', headers: asServer })
      expect(headers).toMatchObject({ 'set-cookie': ['a=1', 'b=2'], 'x-ratelimit-limit': '1000' })
    }
  })
})

describe('a Fetch handler', () => {
  it('is asked about the path that it sees', async () => {
    const handler = fetchHandler(
      await createWeir(options),
      incoming => new Response(new URL(incoming.url).pathname),
    )
    const answer = await handler(new Request('http://a.example/nowhere/%2e%2e/app', { headers: asServer }))
    expect([answer.status, await answer.text()]).toEqual([200, '/app'])
  })

  it('may answer with a response that nobody can change', async () => {
    const handler = fetchHandler(await createWeir(options), () => Response.redirect('https://a.example/'))
    const answer = await handler(new Request('http://a.example/app', { headers: asServer }))
    expect([answer.status, answer.headers.get('x-ratelimit-limit')]).toEqual([302, '1000'])
  })

  it('that asks for a WebSocket of the contract is let through as one', async () => {
    const handler = fetchHandler(await createWeir(options), (_, { endpoint }) => new Response(endpoint))
    const at = (path: string, headers: Record<string, string>) =>
      handler(new Request(`http://a.example${path}`, { headers: { ...asServer, ...headers } }))
    expect(await (await at('/connect', { upgrade: 'websocket' })).text()).toBe('Connect')
    expect((await at('/connect', {})).status).toBe(426)
  })
})

describe('an upgrade', () => {
  it('of a client that has gone is nobody’s any more', async () => {
    const weir = await createWeir(options)
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const client = connect(port, '127.0.0.1')
    const fields = Object.entries(asServer).map(([name, value]) => `${name}: ${value}\r\n`)
    client.write(
      `GET /connect HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${fields.join('')}\r\n`,
    )
    const [incoming, socket] = (await once(server, 'upgrade')) as [IncomingMessage, Duplex]
    const deciding = admitUpgrade(weir, incoming, socket)
    socket.destroy()
    expect(await deciding).toBeUndefined()
    client.destroy()
    server.close()
  })

  it('that is refused gets the whole problem and the end of its connection', async () => {
    const weir = await createWeir(options)
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    server.on('upgrade', (incoming, socket) => void admitUpgrade(weir, incoming, socket))
    const client = connect((server.address() as { port: number }).port, '127.0.0.1')
    client.write('GET /connect HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    const answer = await text(client)
    expect(answer).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/)
    const [head, body] = answer.split('\r\n\r\n') as [string, string]
    expect(JSON.parse(body)).toMatchObject({ code: 'missing-api-key' })
    expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`)
    server.close()
  })
})

describe('worker threads that share counters', () => {
  it('together let exactly the limit pass', async () => {
    const counters = createCounters(1024)
    const workerData = { counters, contractText, apps, headers: asServer, nowMs }
    const workers = [1, 2, 3].map(
      () => new Worker(new URL('deciding-worker.ts', import.meta.url), { workerData }),
    )
    const admitted = await Promise.all(
      workers.map(async worker => (await once(worker, 'message'))[0] as number),
    )
    expect(admitted.reduce((sum, count) => sum + count)).toBe(60)
  })
})
