import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { headersOf, startChat } from './harness.ts'

const alice = { user: 'alice' }
let chat: Awaited<ReturnType<typeof startChat>>
beforeEach(async () => {
  chat = await startChat()
  await chat.call(alice, 'POST /channels/messaging/general/query', {})
})
afterEach(() => chat.close())

const message = 'POST /channels/messaging/general/message'
const deep = `{"message":{"text":"x","a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`

test.each([
  ['JSON that ends too early', message, '{"message', 'This is not JSON'],
  ['JSON that is not an object', message, '[]', 'body: '],
  ['JSON without end in depth', message, deep, '32 levels'],
  ['no body where one is needed', message, undefined, 'message: '],
  ['a misspelt field', message, { mesage: { text: 'x' } }, '"mesage"'],
  ['several mistakes', 'POST /channels', { limit: 0, filter: { type: 'a b' } }, 'filter.type: '],
  ['an id that is not its key', 'POST /users', { users: { alice: { id: 'bob' } } }, 'users.alice.id'],
  ['a channel that cannot be', 'POST /channels/a%2Fb/general/query', {}, 'type: must be 1 to 64'],
  [
    'an event that only the API sends',
    'POST /channels/messaging/general/event',
    { event: { type: 'message.new' } },
    'event.type',
  ],
  ['a search without a word', 'GET /search?q=%2A%21', undefined, 'q: must hold'],
  ['a search for nothing', 'GET /search', undefined, 'q: '],
  ['a limit that is no number', 'GET /users?limit=1e1', undefined, 'limit: must be a whole number'],
  ['a limit that is too large', 'GET /users?limit=101', undefined, 'limit: '],
])('%s is told apart', async (_, request, body, detail) => {
  const answer = await chat.call(alice, request, body)
  expect(answer).toMatchObject({
    status: 400,
    body: { code: 'bad-request', detail: expect.stringContaining(detail) },
  })
})

test('what is not there is a 404', async () => {
  expect(await chat.call(alice, 'GET /nothing')).toMatchObject({
    status: 404,
    body: { detail: 'There is no GET /nothing.' },
  })
  expect(await chat.call(alice, 'POST /channels/a/b/message', { message: { text: 'x' } })).toMatchObject({
    status: 404,
  })
})

test('a problem names the request as Weir does', async () => {
  const { body } = await chat.call(alice, 'GET /nothing', undefined, { 'weir-request-id': 'r-1' })
  expect(body).toMatchObject({ request_id: 'r-1' })
  expect(await chat.call(alice, 'GET /search', undefined, { 'weir-request-id': 'r-2' })).toMatchObject({
    body: { request_id: 'r-2' },
  })
})

test('a request that did not come through Weir is refused', async () => {
  expect(await chat.call({ app: '' }, 'GET /app')).toMatchObject({
    status: 400,
    body: { detail: expect.stringContaining('weir-app') },
  })
})

test.each([
  ['content-length: 300000', 'x'.repeat(300_000)],
  ['transfer-encoding: chunked', `${(300_000).toString(16)}\r\n${'x'.repeat(300_000)}`],
])('a body of more than 256 KiB is refused (%s)', async (length, body) => {
  const socket = connect(Number(new URL(chat.url).port), '127.0.0.1')
  const fields = Object.entries(headersOf(alice)).map(([name, value]) => `${name}: ${value}`)
  socket.write(['POST /channels HTTP/1.1', 'host: chat', ...fields, length, '', body].join('\r\n'))
  const [answer] = await once(socket, 'data')
  socket.destroy()
  expect(String(answer)).toMatch(/^HTTP\/1.1 413 /)
})

test('a body of 256 KiB is taken', async () => {
  const rest = JSON.stringify({ message: { text: 'x', pad: '' } }).length
  const pad = 'x'.repeat(256 * 1024 - rest)
  expect(await chat.call(alice, message, { message: { text: 'x', pad } })).toMatchObject({ status: 201 })
  expect(await chat.call(alice, message, { message: { text: 'x', pad: `${pad}x` } })).toMatchObject({
    status: 413,
  })
})
