import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startChat } from './harness.ts'

const KEY = 'a key that both know'
const fields = {
  'weir-app': 'app-1',
  'weir-user': 'alice',
  'weir-platform': 'web',
  'weir-endpoint': 'Search',
  'weir-request-id': 'r-1',
}

let chat: Awaited<ReturnType<typeof startChat>>
beforeAll(async () => {
  chat = await startChat({ upstreamKey: KEY })
})
afterAll(() => chat.close())

const now = () => Math.floor(Date.now() / 1000)

/** As the contract with Weir has it, written down once more. */
function signed(path: string, headers: Record<string, string> = fields, timestamp = now(), key = KEY) {
  const { 'weir-app': app = '', 'weir-user': user = '', 'weir-platform': platform = '' } = headers
  const { 'weir-endpoint': endpoint = '', 'weir-request-id': id = '' } = headers
  const text = `${timestamp}\nGET\n${path}\n${app}\n${user}\n${platform}\n${endpoint}\n${id}`
  const signature = createHmac('sha256', key).update(text, 'latin1').digest('hex')
  return { ...headers, 'weir-timestamp': String(timestamp), 'weir-signature': signature }
}

const get = (path: string, headers: Record<string, string>) =>
  chat.call({ app: '' }, `GET ${path}`, undefined, headers)

test('a signed request is answered', async () => {
  expect(await get('/search?q=a+b&limit=2', signed('/search?q=a+b&limit=2'))).toMatchObject({ status: 200 })
  expect(await get('/app', signed('/app', { 'weir-app': 'app-1' }))).toMatchObject({ status: 200 })
  const zoë = { ...fields, 'weir-user': encodeURIComponent('Zoë') }
  expect(await get('/app', signed('/app', zoë))).toMatchObject({ status: 200 })
})

test.each([
  ['without a signature', fields],
  ['signed with another key', signed('/app', fields, now(), 'another')],
  ['signed for another path', signed('/users')],
  ['signed for another query', signed('/app?a=1')],
  ['signed for another user', { ...signed('/app'), 'weir-user': 'bob' }],
  ['signed for a user, sent as a server', { ...signed('/app'), 'weir-user': '' }],
  ['signed for another time', { ...signed('/app'), 'weir-timestamp': String(now() - 1) }],
  ['signed 301 seconds ago', signed('/app', fields, now() - 301)],
  ['signed for a time to come', signed('/app', fields, now() + 310)],
  ['signed for no time', signed('/app', fields, Number.NaN)],
  ['with a signature that is no hex', { ...signed('/app'), 'weir-signature': 'zz' }],
])('a request %s is refused', async (_, headers) => {
  expect(await get('/app', headers)).toMatchObject({ status: 401, body: { code: 'bad-signature' } })
})

test('a socket opens only for a signed request', async () => {
  const open = new WebSocket(`${chat.url}/connect`, { headers: signed('/connect') })
  await once(open, 'open')
  const refused = new WebSocket(`${chat.url}/connect`, {
    headers: { ...signed('/connect'), 'weir-user': 'bob' },
  })
  const [error] = await once(refused, 'error')
  expect(error).toMatchObject({ message: 'Unexpected server response: 401' })
})
