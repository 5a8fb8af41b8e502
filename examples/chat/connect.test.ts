import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { headersOf, startChat } from './harness.ts'

const alice = { user: 'alice' }
const bob = { user: 'bob' }
const eve = { user: 'eve' }
const general = '/channels/messaging/general'

let chat: Awaited<ReturnType<typeof startChat>>
beforeEach(async () => {
  chat = await startChat()
  await chat.call(alice, `POST ${general}/query`, { members: ['bob'] })
})
afterEach(() => chat.close())

type Client = Awaited<ReturnType<typeof chat.connect>>

async function connected(who: object): Promise<Client> {
  const client = await chat.connect(who)
  expect(await client.next()).toMatchObject({ type: 'health.check' })
  return client
}

/** What was sent to a socket arrives in order: when the answer comes first, nothing else was sent. */
async function expectNothing(client: Client): Promise<void> {
  client.send({ type: 'health.check' })
  expect(await client.next()).toMatchObject({ type: 'health.check' })
}

describe('a socket', () => {
  test('starts with its connection id, and answers health checks with it', async () => {
    const client = await chat.connect(alice)
    const hello = await client.next()
    expect(hello).toMatchObject({ type: 'health.check', user_id: 'alice' })
    client.send({ type: 'health.check' })
    expect(await client.next()).toEqual({ ...Object(hello), created_at: expect.any(String) })
    expect(await chat.call({}, 'GET /app')).toMatchObject({ body: { app: { counts: { connections: 1 } } } })
  })

  test('needs a user', async () => {
    const socket = new WebSocket(`${chat.url}/connect`, { headers: headersOf({}) })
    const [error] = await once(socket, 'error')
    expect(error).toMatchObject({ message: 'Unexpected server response: 400' })
    expect(await chat.call({}, 'GET /connect')).toMatchObject({ status: 400, body: { code: 'bad-request' } })
  })

  test('needs an upgrade, and opens nowhere else', async () => {
    expect(await chat.call(alice, 'GET /connect')).toMatchObject({
      status: 426,
      body: { code: 'upgrade-required' },
    })
    const socket = new WebSocket(`${chat.url}/app`, { headers: headersOf(alice) })
    const [error] = await once(socket, 'error')
    expect(error).toMatchObject({ message: 'Unexpected server response: 200' })
  })

  test.each([
    ['what is not JSON', '{"type', 'bad-request', 'This is not JSON'],
    ['what has no type', '{}', 'bad-request', 'type: '],
    ['what says no channel', '{"type":"typing.start"}', 'bad-request', 'channel: '],
    [
      'what names no channel',
      '{"type":"typing.start","channel":"general"}',
      'bad-request',
      'must be TYPE:ID',
    ],
    [
      'what only the API sends',
      '{"type":"message.new","channel":"messaging:general"}',
      'bad-request',
      'type: ',
    ],
    ['a channel that is not there', '{"type":"typing.start","channel":"a:b"}', 'not-found', 'no channel a:b'],
    [
      'a channel of others',
      '{"type":"typing.start","channel":"messaging:general"}',
      'not-a-member',
      'eve is not',
    ],
  ])('answers %s with an error, and stays open', async (_, sent, code, detail) => {
    const client = await connected(eve)
    client.send(sent)
    expect(await client.next()).toMatchObject({
      type: 'error',
      code,
      detail: expect.stringContaining(detail),
    })
    await expectNothing(client)
  })

  test('takes text only', async () => {
    const client = await connected(alice)
    client.socket.send(Buffer.from('{"type":"health.check"}'))
    expect(await client.next()).toMatchObject({ type: 'error', code: 'bad-request' })
  })

  test('is closed with 1009 when it sends more than 64 KiB at once', async () => {
    const client = await connected(alice)
    client.send('x'.repeat(64 * 1024 + 1))
    expect(await client.closed).toBe(1009)
  })

  test('is closed with 1013 when it does not read what it is sent', async () => {
    const client = await connected(bob)
    client.socket.pause()
    const event = { type: 'photo', data: 'x'.repeat(200_000) }
    // The system's own buffers take some megabytes before the server sees that nobody reads.
    for (let sent = 0; sent < 100; sent++) await chat.call(alice, `POST ${general}/event`, { event })
    client.socket.resume()
    expect(await client.closed).toBe(1013)
  })

  test('is closed with 1001 when the server stops', async () => {
    const clients = await Promise.all([connected(alice), connected(alice), connected(eve)])
    await chat.close()
    expect(await Promise.all(clients.map(client => client.closed))).toEqual([1001, 1001, 1001])
    await expect(fetch(chat.url)).rejects.toThrow('fetch failed')
  })
})

describe('events', () => {
  test('reach every device of the members, and nobody else', async () => {
    const outsiders = [await connected(eve), await connected({ app: 'app-2', user: 'bob' })]
    const devices = [await connected(bob), await connected(bob)]
    const { body } = await chat.call(alice, `POST ${general}/message`, {
      message: { text: 'hello', mood: 1, id: 'm1' },
    })
    const { message } = Object(body)
    for (const device of devices) {
      expect(await device.next()).toMatchObject({
        type: 'message.new',
        channel: 'messaging:general',
        user_id: 'alice',
        message,
      })
      await expectNothing(device)
    }
    for (const outsider of outsiders) await expectNothing(outsider)
  })

  test('of a message that is sent again are not sent again', async () => {
    const client = await connected(bob)
    for (const status of [201, 200]) {
      const sent = await chat.call(alice, `POST ${general}/message`, { message: { text: 'hello', id: 'm1' } })
      expect(sent.status).toBe(status)
    }
    expect(await client.next()).toMatchObject({ type: 'message.new' })
    await expectNothing(client)
  })

  test('tell who reads, who types and who is new', async () => {
    const client = await connected(bob)
    await chat.call(alice, `POST ${general}/read`, {})
    expect(await client.next()).toMatchObject({
      type: 'message.read',
      read: { user_id: 'alice', last_read_message_id: null },
    })
    const sent = await chat.call(alice, `POST ${general}/event`, {
      event: { type: 'typing.start', where: 'here', user_id: 'x' },
    })
    const typing = { type: 'typing.start', channel: 'messaging:general', user_id: 'alice', where: 'here' }
    expect(sent).toMatchObject({ status: 200, body: { event: typing } })
    expect(await client.next()).toMatchObject(typing)
    await chat.call({}, `POST ${general}/event`, { event: { type: 'poll.opened' }, user_id: 'shop' })
    expect(await client.next()).toMatchObject({ type: 'poll.opened', user_id: 'shop' })
    await chat.call(alice, `POST ${general}/query`, { members: ['eve', 'bob'] })
    expect(await client.next()).toMatchObject({ type: 'member.added', user_ids: ['eve'] })
  })

  test('are passed on from one member’s socket to the others', async () => {
    const from = await connected(bob)
    const to = await connected(alice)
    expect(await from.next()).toMatchObject({ type: 'user.presence.changed' })
    const typing = { type: 'typing.stop', channel: 'messaging:general' }
    from.send({ ...typing, user_id: 'alice', note: 'x' })
    for (const client of [from, to])
      expect(await client.next()).toMatchObject({ ...typing, user_id: 'bob', note: 'x' })
  })

  test('tell a user’s contacts when its first socket opens and its last closes', async () => {
    const watching = await connected(alice)
    const stranger = await connected(eve)
    // Only in another app does somebody of the stranger's name know a Bob.
    await chat.call({ app: 'app-2', user: 'bob' }, `POST ${general}/query`, { members: ['eve'] })
    const first = await connected(bob)
    expect(await watching.next()).toMatchObject({
      type: 'user.presence.changed',
      user: { id: 'bob', online: true },
    })
    const second = await connected(bob)
    first.socket.close()
    await first.closed
    await expectNothing(watching)
    expect(await chat.call({}, 'GET /users?id=bob')).toMatchObject({ body: { users: [{ online: true }] } })
    second.socket.terminate()
    expect(await watching.next()).toMatchObject({
      type: 'user.presence.changed',
      user: { id: 'bob', online: false },
    })
    await expectNothing(stranger)
  })
})
