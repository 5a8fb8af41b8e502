import { once } from 'node:events'
import type { WebSocket as ServerSocket } from 'ws'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { WeirError } from '../../sdk/src/weir-client.ts'
import type { ConnectionClose, ConnectionEvents, UserConnection } from '../../sdk/src/weir-client.ts'
import { type TestApp, type TestWeir, eventually, startTestWeir } from '../e2e/harness.ts'
import { type RecordedConnection, connectionsWhen, outcomesOf, usersOf } from '../e2e/recorded.ts'
import { type SocketUpstream, echo, startSocketUpstream } from '../e2e/sockets.ts'
import { clientOf } from './client-of.ts'
import { userKey } from '../../src/store/user-key.ts'

let upstream: SocketUpstream
let weir: TestWeir
let app: TestApp
/** The upstream's ends, oldest first. */
let accepted: ServerSocket[]

beforeAll(async () => {
  upstream = await startSocketUpstream()
  weir = await startTestWeir({ upstream: upstream.url })
})

beforeEach(async () => {
  accepted = []
  upstream.onSocket = socket => {
    accepted.push(socket)
    echo(socket)
  }
  upstream.handshake = undefined
  app = await weir.newApp()
})

afterAll(async () => {
  await weir.stop()
  await upstream.close()
})

const quick = { baseMs: 20, capMs: 200 }

function next<Type extends keyof ConnectionEvents>(
  connection: UserConnection,
  type: Type,
): Promise<ConnectionEvents[Type]> {
  return new Promise(resolve => connection.addEventListener(type, resolve, { once: true }))
}

function finalClose(connection: UserConnection): Promise<ConnectionClose> {
  return new Promise(resolve =>
    connection.addEventListener('close', ({ detail }) => {
      if (detail.final) resolve(detail)
    }),
  )
}

/** Half-open intervals: a socket that opens in the millisecond in which another closes does not overlap with it. */
function expectNoOverlap(rows: readonly RecordedConnection[]): void {
  for (const [i, row] of rows.slice(1).entries()) {
    expect(rows[i]!.closed_ms, `row ${i} of ${JSON.stringify(rows)}`).toBeLessThanOrEqual(row.opened_ms)
  }
}

describe('a socket', () => {
  it('carries text and bytes both ways, the first message included', async () => {
    upstream.onSocket = socket => {
      socket.send('hello')
      echo(socket)
    }
    const client = await clientOf(weir, app)
    const connection = client.connectUser('ann')
    expect((await next(connection, 'message')).data).toBe('hello')
    connection.send('Grüße')
    expect((await next(connection, 'message')).data).toBe('Grüße')
    connection.send(new Uint8Array([1, 2, 3]))
    expect((await next(connection, 'message')).data).toEqual(new Uint8Array([1, 2, 3]).buffer)
    expect(connection.state).toBe('open')
    await connection.disconnect()
    expect(connection.state).toBe('closed')
    expect(() => connection.send('late')).toThrow(/closed/)
  })

  it.each([
    ['Node’s own', undefined],
    ['that of ws', WebSocket],
  ])('cut ten times counts once: %s', { timeout: 60_000 }, async (_, Socket) => {
    const client = await clientOf(weir, app, { reconnect: quick, WebSocket: Socket })
    const connection = client.connectUser('ann')
    await connection.opened()
    for (let cuts = 1; cuts <= 10; cuts++) {
      const reopened = next(connection, 'open')
      await eventually(
        async () => accepted.length,
        length => length === cuts,
        60_000,
      )
      const closed = next(connection, 'close')
      accepted.at(-1)!.terminate()
      expect((await closed).detail).toMatchObject({ code: 1006, final: false })
      await reopened
    }
    await connection.disconnect()
    const rows = await connectionsWhen(
      weir,
      app,
      all => all.length === 11 && all.every(({ closed_ms }) => closed_ms !== null),
    )
    expect(rows.every(row => row.user_key === userKey(app.id, 'ann'))).toBe(true)
    expectNoOverlap(rows)
    const month = new Date().toISOString().slice(0, 7)
    expect(usersOf(weir.dataDir, app)).toMatchObject([{ userKey: userKey(app.id, 'ann'), month }])
  })

  it('of a user who connects again closes the earlier one before it opens', async () => {
    const client = await clientOf(weir, app)
    const connections = []
    for (let i = 0; i < 10; i++) {
      connections.push(client.connectUser({ id: 'ann' }))
      // Every other one is replaced before it is open.
      if (i % 2 === 0) await connections.at(-1)!.opened()
    }
    await connections.at(-1)!.opened()
    expect(connections.map(({ state }) => state)).toEqual([
      ...Array.from({ length: 9 }, () => 'closed'),
      'open',
    ])
    await connections.at(-1)!.disconnect()
    const isClosed = ({ closed_ms }: RecordedConnection) => closed_ms !== null
    expectNoOverlap(await connectionsWhen(weir, app, all => all.length >= 6 && all.every(isClosed)))
  })

  it('of two users stays open beside each other', async () => {
    const client = await clientOf(weir, app)
    const ann = client.connectUser('ann', () => app.token({ user_id: 'ann' }))
    const bob = client.connectUser('bob', () => app.token({ user_id: 'bob' }))
    await Promise.all([ann.opened(), bob.opened()])
    expect([ann.state, bob.state]).toEqual(['open', 'open'])
    await Promise.all([ann.disconnect(), bob.disconnect()])
  })

  it('whose server says goodbye with 1000 does not come back; with 1001 it does', async () => {
    const client = await clientOf(weir, app, { reconnect: quick })
    const connection = client.connectUser('ann')
    await connection.opened()
    const reopened = next(connection, 'open')
    accepted[0]!.close(1001, 'restarting')
    await reopened
    const ended = finalClose(connection)
    accepted[1]!.close(1000, 'done')
    expect(await ended).toEqual({ code: 1000, reason: 'done', final: true, error: undefined })
  })
})

describe('a handshake that is refused', () => {
  it.each(['unknown key', 'bad token', 'suspended app'])('for good is not tried again: %s', async why => {
    const expected = { 'unknown key': 'unknown-api-key', 'bad token': 'invalid-token' }
    const client = await clientOf(weir, app, {
      reconnect: quick,
      ...(why === 'unknown key' && { apiKey: 'nobody' }),
      ...(why === 'bad token' && { token: 'no token' }),
    })
    if (why === 'suspended app') {
      await weir.control('POST', `/api/apps/${app.id}/suspend`, { reason: 'a test' })
      await weir.weir.refresh()
    }
    const connection = client.connectUser('ann')
    const told = next(connection, 'error')
    const ended = finalClose(connection)
    const error = await connection.opened().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(WeirError)
    expect((error as WeirError).code).toBe(expected[why as keyof typeof expected] ?? 'app-suspended')
    expect((await told).detail).toBe(error)
    expect((await ended).error).toBe(error)
  })

  it('for its token is tried once more when the token is a function', async () => {
    const tokens = ['stale', await app.token({ user_id: 'ann' })]
    const client = await clientOf(weir, app, { reconnect: quick })
    const connection = client.connectUser('ann', () => tokens.shift()!)
    expect((await next(connection, 'error')).detail.code).toBe('invalid-token')
    await connection.opened()
    await connection.disconnect()
    const hopeless = client.connectUser('ann', () => 'stale')
    await expect(hopeless.opened()).rejects.toMatchObject({ code: 'invalid-token' })
  })

  it('or takes too long is given up and begun anew', async () => {
    const client = await clientOf(weir, app, { reconnect: { ...quick, openWithinMs: 300 } })
    let handshakes = 0
    upstream.handshake = () => {
      handshakes += 1
      upstream.handshake = undefined
    }
    const connection = client.connectUser('ann')
    await connection.opened()
    expect([handshakes, accepted.length]).toEqual([1, 1])
    await connection.disconnect()
  })

  it('by a limit is waited for, and by the API itself tried only so often', async () => {
    const client = await clientOf(weir, app, { reconnect: { ...quick, tries: 3 } })
    let handshakes = 0
    upstream.handshake = (_, socket) => {
      handshakes += 1
      socket.end('HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n')
    }
    await expect(client.connectUser('ann').opened()).rejects.toMatchObject({ code: 'handshake-refused' })
    expect(handshakes).toBe(3)
    upstream.handshake = undefined

    const limited = await weir.newApp({ limits: { app: { Connect: 30 } } })
    const patient = await clientOf(weir, limited, { reconnect: { baseMs: 500, capMs: 500 } })
    // One a second: of three users at once at least one is refused at first.
    const users = await Promise.all(
      ['ann', 'bob', 'cleo'].map(user =>
        limited.token({ user_id: user }).then(token => [user, token] as const),
      ),
    )
    const connections = users.map(([user, token]) => patient.connectUser(user, token))
    await Promise.all(connections.map(connection => connection.opened()))
    expect((await outcomesOf(weir, limited, 4)).limited).toBeGreaterThan(0)
    await Promise.all(connections.map(connection => connection.disconnect()))
  })
})

describe('the end', () => {
  it('comes when the signal is aborted, at once in the midst of a pause', async () => {
    const aborting = new AbortController()
    const client = await clientOf(weir, app, { reconnect: { baseMs: 60_000, capMs: 60_000 } })
    const connection = client.connectUser('ann', undefined, { signal: aborting.signal })
    await connection.opened()
    const pausing = next(connection, 'reconnecting')
    accepted[0]!.terminate()
    await pausing
    expect(connection.state).toBe('waiting')
    const ended = finalClose(connection)
    aborting.abort()
    expect((await ended).error).toBeUndefined()
    await expect(connection.opened()).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('closes with 1000, which the API hears', async () => {
    const client = await clientOf(weir, app)
    const connection = client.connectUser('ann')
    await connection.opened()
    await eventually(
      async () => accepted.length,
      length => length === 1,
      60_000,
    )
    const heard = once(accepted[0]!, 'close')
    await connection.disconnect()
    expect((await heard)[0]).toBe(1000)
  })
})
