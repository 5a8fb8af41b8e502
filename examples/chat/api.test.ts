import { afterAll, beforeEach, afterEach, describe, expect, test } from 'vitest'
import { answered, operations, startChat } from './harness.ts'

const server = {}
const alice = { user: 'alice' }
const bob = { user: 'bob' }
const eve = { user: 'eve' }
let chat: Awaited<ReturnType<typeof startChat>>
beforeEach(async () => {
  chat = await startChat()
  await chat.call(alice, 'POST /channels/messaging/general/query', {
    members: ['bob'],
    data: { topic: 'rivers' },
  })
})
afterEach(() => chat.close())

const say = (text: string, more: object = {}, who: object = alice) =>
  chat.call(who, 'POST /channels/messaging/general/message', { message: { text, ...more } })

const read = (who: object, body: object) => chat.call(who, 'POST /channels/messaging/general/read', body)
const search = async (who: object, query: string) => (await chat.call(who, `GET /search?${query}`)).body

describe('users', () => {
  test('keep their custom fields and are replaced as a whole', async () => {
    await chat.call(server, 'POST /users', {
      users: { zoe: { id: 'zoe', name: 'Zoe', age: 7 }, yan: { id: 'yan' } },
    })
    await chat.call(server, 'POST /users', { users: { zoe: { id: 'zoe', tags: ['a', { b: null }] } } })
    const { body } = await chat.call(server, 'GET /users?id=zoe&id=yan')
    expect(body).toMatchObject({
      users: [{ id: 'yan' }, { id: 'zoe', name: null, tags: ['a', { b: null }] }],
    })
    expect(body).not.toHaveProperty('users.1.age')
  })

  test('cannot set what the API itself sets', async () => {
    const { body } = await chat.call(server, 'POST /users', {
      users: { zoe: { id: 'zoe', online: true, created_at: 'x' } },
    })
    expect(body).toMatchObject({ users: { zoe: { online: false, created_at: expect.stringMatching(/Z$/) } } })
  })

  test('change only themselves, unless a server does', async () => {
    const refused = await chat.call(eve, 'POST /users', {
      users: { eve: { id: 'eve' }, bob: { id: 'bob', name: 'x' } },
    })
    expect(refused).toMatchObject({
      status: 403,
      body: { code: 'not-allowed', detail: expect.stringContaining('users.bob') },
    })
    expect(await chat.call(server, 'GET /users?id=bob')).toMatchObject({ body: { users: [{ name: null }] } })
    expect(await chat.call(bob, 'POST /users', { users: { bob: { id: 'bob', name: 'Bob' } } })).toMatchObject(
      { status: 200 },
    )
  })

  test('are listed in pages, by id', async () => {
    const page = await chat.call(server, 'GET /users?limit=1&offset=1')
    expect(page).toMatchObject({ status: 200, body: { users: [{ id: 'bob' }] } })
  })

  test('may have any text as their id', async () => {
    const zoë = { user: 'Zoë 🌊' }
    await chat.call(zoë, 'POST /users', { users: { 'Zoë 🌊': { id: 'Zoë 🌊' } } })
    expect(await chat.call(zoë, 'GET /users?id=Zo%C3%AB%20%F0%9F%8C%8A')).toMatchObject({
      body: { users: [{ id: 'Zoë 🌊' }] },
    })
  })
})

describe('channels', () => {
  test('are created once, with their creator as a member', async () => {
    const known = await chat.call(alice, 'POST /channels/messaging/general/query', {
      data: { topic: 'other' },
    })
    expect(known).toMatchObject({
      status: 200,
      body: {
        channel: { cid: 'messaging:general', topic: 'rivers', created_by: 'alice', member_count: 2 },
        members: [{ user: { id: 'alice' } }, { user: { id: 'bob' } }],
        messages: [],
        unread: 0,
      },
    })
    const created = await chat.call(server, 'POST /channels/messaging/new/query', {})
    expect(created).toMatchObject({ status: 201, body: { channel: { created_by: null, member_count: 0 } } })
  })

  test('let only members bring others', async () => {
    const refused = await chat.call(eve, 'POST /channels/messaging/general/query', { members: ['eve'] })
    expect(refused).toMatchObject({ status: 403, body: { code: 'not-a-member' } })
    const added = await chat.call(bob, 'POST /channels/messaging/general/query', { members: ['eve', 'bob'] })
    expect(added).toMatchObject({ status: 200, body: { channel: { member_count: 3 } } })
  })

  test('show the messages before a message', async () => {
    for (const id of ['m1', 'm2', 'm3', 'm4']) await say(`text of ${id}`, { id })
    const page = await chat.call(bob, 'POST /channels/messaging/general/query', {
      messages: { limit: 2, before: 'm4' },
    })
    expect(page).toMatchObject({ body: { messages: [{ id: 'm2' }, { id: 'm3' }], unread: 4 } })
  })

  test('are not created by a request that fails', async () => {
    const failed = await chat.call(alice, 'POST /channels/messaging/new/query', {
      messages: { before: 'm9' },
    })
    expect(failed).toMatchObject({ status: 404 })
    expect(await chat.call(server, 'GET /app')).toMatchObject({ body: { app: { counts: { channels: 1 } } } })
  })

  test('are listed for their members, the last active one first', async () => {
    await chat.call(alice, 'POST /channels/team/private/query', {})
    await say('hello', { id: 'm1' })
    const list = async (who: object, body: object) => (await chat.call(who, 'POST /channels', body)).body
    const general = { channel: { cid: 'messaging:general' }, last_message: { id: 'm1' } }
    const team = { channel: { cid: 'team:private' }, last_message: null, unread: 0 }
    expect(await list(alice, {})).toMatchObject({ channels: [{ ...general, unread: 0 }, team] })
    expect(await list(bob, {})).toMatchObject({ channels: [{ ...general, unread: 1 }] })
    expect(await list(eve, {})).toEqual({ channels: [] })
    expect(await list(server, { filter: { type: 'team' } })).toMatchObject({ channels: [team] })
    expect(await list(server, { filter: { member: 'bob' }, user_id: 'bob' })).toMatchObject({
      channels: [{ ...general, unread: 1 }],
    })
    expect(await list(server, { limit: 1, offset: 1 })).toMatchObject({ channels: [team] })
  })
})

describe('messages', () => {
  test('keep their custom fields', async () => {
    const mood = { colour: ['blue', null, 1.5] }
    expect(await say('hello', { mood, user_id: 'eve' })).toMatchObject({
      status: 201,
      body: { message: { text: 'hello', mood, user_id: 'alice', channel: 'messaging:general' } },
    })
  })

  test('with an id of the client are sent once', async () => {
    const first = await say('hello', { id: 'm1', mood: 1 })
    const again = await say('hello', { id: 'm1', mood: 1 })
    expect([first.status, again.status]).toEqual([201, 200])
    expect(again.body).toEqual(first.body)
    expect(await chat.call(server, 'GET /app')).toMatchObject({ body: { app: { counts: { messages: 1 } } } })
  })

  test.each([
    ['text', 'other', { mood: 1 }, alice],
    ['custom fields', 'hello', { mood: 2 }, alice],
    ['author', 'hello', { mood: 1 }, bob],
  ])('never replace one of the same id with another %s', async (_, text, more, who) => {
    await say('hello', { id: 'm1', mood: 1 })
    expect(await say(text, { id: 'm1', ...more }, who)).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    })
  })

  test('of one id may stand in two channels', async () => {
    await chat.call(alice, 'POST /channels/team/a/query', {})
    await say('hello', { id: 'm1' })
    const other = await chat.call(alice, 'POST /channels/team/a/message', {
      message: { id: 'm1', text: 'there' },
    })
    expect(other).toMatchObject({ status: 201, body: { message: { text: 'there' } } })
  })

  test('come from members; a server may write for anybody, but says for whom', async () => {
    expect(await say('hello', {}, eve)).toMatchObject({ status: 403, body: { code: 'not-a-member' } })
    expect(await say('hello', {}, server)).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('user_id') },
    })
    const path = 'POST /channels/messaging/general/message'
    const forEve = { message: { text: 'hello' }, user_id: 'eve' }
    expect(await chat.call(server, path, forEve)).toMatchObject({
      status: 201,
      body: { message: { user_id: 'eve' } },
    })
    expect(await chat.call(alice, path, forEve)).toMatchObject({ status: 403, body: { code: 'not-allowed' } })
  })

  test('of 1 to 5000 characters are taken', async () => {
    expect(await say('x'.repeat(5000))).toMatchObject({ status: 201 })
    for (const text of ['', 'x'.repeat(5001)]) {
      expect(await say(text)).toMatchObject({
        status: 400,
        body: { detail: expect.stringContaining('message.text') },
      })
    }
  })
})

describe('read marks', () => {
  test('move on and never back', async () => {
    for (const id of ['m1', 'm2', 'm3']) await say('hello', { id })
    expect(await read(bob, { message_id: 'm2' })).toMatchObject({
      body: { read: { last_read_message_id: 'm2' }, unread: 1 },
    })
    expect(await read(bob, { message_id: 'm1' })).toMatchObject({
      body: { read: { last_read_message_id: 'm2' }, unread: 1 },
    })
    expect(await read(server, { user_id: 'bob' })).toMatchObject({
      body: { read: { last_read_message_id: 'm3' }, unread: 0 },
    })
    const { body } = await chat.call(alice, 'POST /channels/messaging/general/query', {})
    expect(body).toMatchObject({
      reads: [
        { user_id: 'bob', last_read_message_id: 'm3' },
        { user_id: 'alice', last_read_message_id: null },
      ],
    })
  })

  test('are of members and messages that exist', async () => {
    expect(await read(eve, {})).toMatchObject({ status: 403 })
    expect(await read(server, { user_id: 'eve' })).toMatchObject({
      status: 403,
      body: { code: 'not-a-member' },
    })
    expect(await read(bob, { message_id: 'm9' })).toMatchObject({ status: 404 })
  })

  test('of a new member start at the last message', async () => {
    await say('before', { id: 'm1' })
    await chat.call(alice, 'POST /channels/messaging/general/query', { members: ['eve'] })
    await say('after')
    expect(await chat.call(eve, 'POST /channels', {})).toMatchObject({ body: { channels: [{ unread: 1 }] } })
  })
})

describe('search', () => {
  beforeEach(async () => {
    await say('The Café stands by the river', { id: 'm1' })
    await say('A weir holds the river', { id: 'm2' })
    await chat.call(alice, 'POST /channels/team/private/query', {})
    await chat.call(alice, 'POST /channels/team/private/message', {
      message: { text: 'river secrets', id: 'm3' },
    })
  })

  test.each([
    ['q=river', ['m3', 'm2', 'm1']],
    ['q=cafe', ['m1']],
    ['q=the+riv', ['m2', 'm1']],
    ['q=river&channel_type=team', ['m3']],
    ['q=river&channel_type=messaging&channel_id=general&limit=1', ['m2']],
    ['q=river+NOT+weir', []],
    ['q=%22river%22+AND+(*', []],
    ['q=river%00', ['m3', 'm2', 'm1']],
  ])('finds for %s', async (query, ids) => {
    expect(await search(alice, query)).toMatchObject({ messages: ids.map(id => ({ id })) })
  })

  test('finds only what its user may see; a server sees all', async () => {
    expect(await search(bob, 'q=river')).toMatchObject({ messages: [{ id: 'm2' }, { id: 'm1' }] })
    expect(await search(eve, 'q=river')).toEqual({ messages: [] })
    expect(await search(server, 'q=secrets')).toMatchObject({ messages: [{ channel: 'team:private' }] })
  })
})

test('an event is answered as it was delivered, and kept nowhere', async () => {
  const path = 'POST /channels/messaging/general/event'
  const typing = { type: 'typing.start', where: { line: 3 } }
  expect(await chat.call(alice, path, { event: typing })).toMatchObject({
    status: 200,
    body: { event: { ...typing, channel: 'messaging:general', user_id: 'alice' } },
  })
  expect(await chat.call(eve, path, { event: typing })).toMatchObject({ status: 403 })
  expect(await chat.call(server, path, { event: typing })).toMatchObject({ status: 400 })
  const { body } = await chat.call(alice, 'POST /channels/messaging/general/query', {})
  expect(body).toMatchObject({ messages: [], channel: { message_count: 0 } })
})

test('apps know nothing of each other', async () => {
  await say('a secret')
  const other = { app: 'app-2', user: 'alice' }
  const none = { users: 0, channels: 0, messages: 0, connections: 0 }
  expect(await chat.call(other, 'GET /app')).toEqual({
    status: 200,
    body: { app: { id: 'app-2', name: 'app-2', counts: none } },
  })
  expect(await chat.call(other, 'GET /users')).toMatchObject({ body: { users: [] } })
  expect(await chat.call(other, 'POST /channels', {})).toMatchObject({ body: { channels: [] } })
  expect(await chat.call(other, 'GET /search?q=secret')).toMatchObject({ body: { messages: [] } })
  expect(await chat.call({ app: 'app-2' }, 'GET /search?q=secret')).toMatchObject({ body: { messages: [] } })
  expect(await chat.call(other, 'POST /channels/messaging/general/read', {})).toMatchObject({ status: 404 })
  expect(await chat.call(other, 'POST /channels/messaging/general/query', {})).toMatchObject({
    status: 201,
    body: { messages: [] },
  })
})

afterAll(() => {
  const documented = operations.flatMap(each =>
    Object.keys(each.responses).map(key => `${each.operationId} ${key}`),
  )
  const unseen = documented.filter(each => !/ (101|default)$/.test(each) && !answered.has(each))
  expect(unseen, 'answers of openapi.yaml that no test above has seen').toEqual([])
})
