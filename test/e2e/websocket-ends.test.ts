import { once } from 'node:events'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { userKey } from '../../src/store/user-key.ts'
import { type TestApp, type TestWeir, startTestWeir } from './harness.ts'
import { connectRaw } from './raw-client.ts'
import { connectionsWhen, usersOf } from './recorded.ts'
import { type SocketUpstream, closeCode, echo, nextMessage, openSocket } from './sockets.ts'
import { acceptRaw, handshakeOf, startSocketUpstream } from './sockets.ts'

let upstream: SocketUpstream
let weir: TestWeir
let app: TestApp

beforeAll(async () => {
  upstream = await startSocketUpstream()
  weir = await startTestWeir({ upstream: upstream.url })
})

beforeEach(async () => {
  upstream.onSocket = echo
  upstream.handshake = undefined
  app = await weir.newApp()
})

afterAll(async () => {
  await weir.stop()
  await upstream.close()
})

/** The upstream's end of the next WebSocket. */
function nextAccepted(): Promise<WebSocket> {
  return new Promise(resolve => (upstream.onSocket = resolve))
}

describe('the end of one side is the end of the other', () => {
  it('an upstream that dies closes the client', async () => {
    const accepting = nextAccepted()
    const socket = await openSocket(weir, app)
    const closed = closeCode(socket)
    ;(await accepting).terminate()
    expect(await closed).toBe(1006)
  })

  it('a client that dies closes the upstream', async () => {
    const accepting = nextAccepted()
    const socket = await openSocket(weir, app)
    const closed = closeCode(await accepting)
    socket.terminate()
    expect(await closed).toBe(1006)
  })

  it('a close with code and reason passes either way, and the connection has both its instants', async () => {
    const accepting = nextAccepted()
    const socket = await openSocket(weir, app)
    const closed = once(socket, 'close')
    ;(await accepting).close(4000, 'so long')
    const [code, reason] = (await closed) as [number, Buffer]
    expect([code, reason.toString()]).toEqual([4000, 'so long'])
    const [row] = await connectionsWhen(weir, app, rows => typeof rows[0]?.closed_ms === 'number')
    expect(row).toMatchObject({ user_key: userKey(app.id, 'ann'), platform: 'web', endpoint: 'Connect' })
    expect(row!.closed_ms).toBeGreaterThanOrEqual(row!.opened_ms)
    expect(Math.abs(Date.now() - row!.opened_ms)).toBeLessThan(10_000)
  })
})

it('a user is active by its connection alone, and a server token never', async () => {
  await app.call('/app', { claims: { user_id: 'only asks' } })
  const sockets = [
    await openSocket(weir, app, { claims: { user_id: 'connects' } }),
    await openSocket(weir, app, { claims: { user_id: 'connects' } }),
    await openSocket(weir, app, { claims: { server: true, user_id: 'the back end' } }),
  ]
  const rows = await connectionsWhen(weir, app, all => all.length === 3)
  expect(rows.map(row => [row.user_key, row.platform])).toEqual([
    [userKey(app.id, 'connects'), 'web'],
    [userKey(app.id, 'connects'), 'web'],
    [null, 'server'],
  ])
  const month = new Date().toISOString().slice(0, 7)
  expect(usersOf(weir.dataDir, app)).toMatchObject([{ userKey: userKey(app.id, 'connects'), month }])
  for (const socket of sockets) socket.terminate()
})

describe('silence', () => {
  let watching: TestWeir
  beforeAll(async () => {
    watching = await startTestWeir({ upstream: upstream.url, settings: { pingSeconds: 1 } })
  })
  afterAll(() => watching.stop())

  it('a side that answers pings stays; one that does not is closed, and the other with it', async () => {
    const caller = await watching.newApp()
    const answering = await openSocket(watching, caller)
    let pings = 0
    answering.on('ping', () => pings++)
    const accepting = nextAccepted()
    const mute = await connectRaw(watching.weir.gatewayUrl)
    mute.write(await handshakeOf(caller))
    expect((await mute.head()).status).toBe(101)
    const upstreamEnd = closeCode(await accepting)
    const from = performance.now()
    await mute.rest()
    const tookMs = performance.now() - from
    expect(await upstreamEnd).toBe(1006)
    expect(tookMs).toBeGreaterThan(1000)
    expect(pings).toBeGreaterThan(0)
    answering.send('still here')
    expect((await nextMessage(answering)).toString()).toBe('still here')
    answering.terminate()
  })

  it('an upstream that does not answer pings is closed too', async () => {
    const caller = await watching.newApp()
    const taken = Promise.withResolvers<Socket>()
    upstream.handshake = (request, socket) => {
      acceptRaw(request, socket)
      socket.resume()
      taken.resolve(socket)
    }
    const socket = await openSocket(watching, caller)
    const closed = closeCode(socket)
    await once(await taken.promise, 'end')
    expect(await closed).toBe(1006)
  })
})
