import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import {
  type TestApp,
  type TestUpstream,
  type TestWeir,
  eventually,
  signToken,
  startTestWeir,
  startUpstream,
} from './harness.ts'

let upstream: TestUpstream
let weir: TestWeir
let data: string
let upstreamFails = false

const contract = (text: string) =>
  text
    .replace('mau: connection', 'mau: request')
    .replace('{ mau: 2000, connections: 100 }', '{ mau: 3, connections: 2 }')

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'weir-plan-'))
  upstreamFails = false
  upstream = await startUpstream((request, response) => {
    request.resume()
    if (upstreamFails) request.socket.destroy()
    else response.end('ok')
  })
  const sockets = new WebSocketServer({ server: upstream.server })
  sockets.on('connection', socket => socket.on('error', () => socket.terminate()))
  weir = await startTestWeir({ upstream: upstream.url, contract, settings: { data } })
})

afterEach(async () => {
  await weir.stop()
  await upstream.close()
  rmSync(data, { recursive: true, force: true })
})

async function as(app: TestApp, user: string): Promise<Response> {
  return app.call('/app', { claims: { user_id: user }, headers: { connection: 'close' } })
}

async function connect(app: TestApp, user: string): Promise<WebSocket | number> {
  const address = weir.weir.gatewayUrl.replace('http', 'ws')
  const socket = new WebSocket(`${address}/connect`, {
    headers: { 'x-api-key': app.apiKey, authorization: await app.token({ user_id: user }) },
  })
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket))
    socket.once('unexpected-response', (_, response) => {
      response.resume()
      resolve(response.statusCode!)
    })
    socket.once('error', reject)
  })
}

describe('the numbers of a plan without overage', () => {
  it('let exactly the included users become active, over threads, and users already counted go on', async () => {
    const app = await weir.newApp({ plan: 'maker' })
    const users = Array.from({ length: 20 }, (_, i) => `user-${i}`)
    const answers = await Promise.all(
      [...users, ...users].map(async user => ({ user, status: (await as(app, user)).status })),
    )
    const admitted = new Set(answers.filter(({ status }) => status === 200).map(({ user }) => user))
    expect(admitted.size).toBe(3)
    expect(answers.filter(({ user, status }) => admitted.has(user) && status !== 200)).toEqual([])
    expect(answers.filter(({ user, status }) => !admitted.has(user) && status !== 403)).toEqual([])
    for (const user of admitted) expect((await as(app, user)).status).toBe(200)
    expect((await app.call('/app', { claims: { server: true } })).status).toBe(200)
  })

  it('answer a new user with 403, scope plan, and nothing to wait for', async () => {
    const app = await weir.newApp({ plan: 'maker' })
    for (const user of ['a', 'b', 'c']) await as(app, user)
    const refused = await as(app, 'd')
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({ code: 'plan-exhausted', scope: 'plan', limit: 3 })
    const fields = [...refused.headers.keys()].filter(name => /ratelimit|retry-after/.test(name))
    expect(fields).toEqual([])
  })

  it('count the users of all apps of the organization together', async () => {
    const app = await weir.newApp({ plan: 'maker' })
    for (const user of ['a', 'b', 'c']) await as(app, user)
    const other = await weir.control<{ apiKey: string; secret: string }>(
      'POST',
      `/api/organizations/${app.organizationId}/apps`,
      { name: 'Another' },
    )
    await weir.weir.refresh()
    const authorization = await signToken({ user_id: 'a' }, other.secret)
    const answer = await fetch(`${weir.weir.gatewayUrl}/app`, {
      headers: { 'x-api-key': other.apiKey, authorization },
    })
    expect(answer.status).toBe(403)
  })

  it('take no place for a request that the upstream failed', async () => {
    const app = await weir.newApp({ plan: 'maker' })
    upstreamFails = true
    for (const user of ['a', 'b', 'c', 'd']) expect((await as(app, user)).status).toBe(502)
    upstreamFails = false
    for (const user of ['e', 'f', 'g']) expect((await as(app, user)).status).toBe(200)
    expect((await as(app, 'a')).status).toBe(403)
  })

  it('hold across a restart', async () => {
    const app = await weir.newApp({ plan: 'maker' })
    for (const user of ['a', 'b', 'c']) await as(app, user)
    await weir.weir.stop()
    weir = await startTestWeir({ upstream: upstream.url, contract, settings: { data } })
    const headers = async (user: string) => ({
      'x-api-key': app.apiKey,
      authorization: await app.token({ user_id: user }),
    })
    const status = async (user: string) =>
      (await fetch(`${weir.weir.gatewayUrl}/app`, { headers: await headers(user) })).status
    expect([await status('a'), await status('d'), await status('c')]).toEqual([200, 403, 200])
  })

  it('open exactly the included sockets, and another when one has closed', async () => {
    const app = await weir.newApp({ plan: 'maker' })
    const results = await Promise.all(Array.from({ length: 12 }, () => connect(app, 'ann')))
    const open = results.filter(result => result instanceof WebSocket)
    expect(open).toHaveLength(2)
    expect(results.filter(result => typeof result === 'number')).toEqual(
      Array.from({ length: 10 }, () => 429),
    )
    open[0]!.close()
    await once(open[0]!, 'close')
    const next = await eventually(
      () => connect(app, 'ann'),
      result => result instanceof WebSocket,
      3000,
    )
    expect(await connect(app, 'ann')).toBe(429)
    open[1]!.terminate()
    if (next instanceof WebSocket) next.terminate()
  })

  it('know what happened while the plan was another one', async () => {
    const app = await weir.newApp({ plan: 'start' })
    const sockets: WebSocket[] = []
    for (const user of ['a', 'b', 'c', 'd']) expect((await as(app, user)).status).toBe(200)
    for (let i = 0; i < 3; i++) {
      const socket = await connect(app, 'a')
      if (socket instanceof WebSocket) sockets.push(socket)
    }
    expect(sockets).toHaveLength(3)
    const now = new Date().toISOString()
    await weir.control('PUT', `/api/organizations/${app.organizationId}/subscription`, {
      plan: 'maker',
      from: now,
    })
    await weir.weir.refresh()
    expect((await as(app, 'd')).status).toBe(200)
    expect((await as(app, 'e')).status).toBe(403)
    expect(await connect(app, 'a')).toBe(429)
    for (const socket of sockets) socket.terminate()
  })

  it('are no limit on a plan whose overage is billed', async () => {
    const app = await weir.newApp({ plan: 'start' })
    for (let i = 0; i < 6; i++) expect((await as(app, `user-${i}`)).status).toBe(200)
  })
})
