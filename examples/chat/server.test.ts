import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { startChat } from './harness.ts'
import { createChatServer } from './server.ts'

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chat-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

test('two servers in one process have nothing in common', async () => {
  const [one, two] = await Promise.all([startChat(), startChat()])
  await one.call({ user: 'alice' }, 'POST /channels/messaging/general/query', {})
  await one.close()
  expect(await two.call({}, 'GET /app')).toMatchObject({
    body: { app: { counts: { users: 0, channels: 0 } } },
  })
  await two.close()
})

test('a file keeps everything over a restart', async () => {
  const database = join(scratch(), 'chat.db')
  const before = await startChat({ database })
  const alice = { user: 'alice' }
  await before.call(alice, 'POST /channels/messaging/general/query', {})
  await before.call(alice, 'POST /channels/messaging/general/message', {
    message: { text: 'still here', id: 'm1' },
  })
  await before.close()
  const after = await startChat({ database })
  expect(await after.call(alice, 'GET /search?q=still')).toMatchObject({ body: { messages: [{ id: 'm1' }] } })
  await after.close()
})

test('a database that cannot be opened is named', async () => {
  const database = join(scratch(), 'no', 'chat.db')
  await expect(createChatServer({ database })).rejects.toThrow(`The database ${database} cannot be opened`)
})

test('a port that is taken is refused, and another may be tried', async () => {
  const one = await startChat()
  const two = await createChatServer({ database: ':memory:' })
  await expect(two.listen(Number(new URL(one.url).port))).rejects.toThrow('EADDRINUSE')
  const { url } = await two.listen(0)
  expect((await fetch(`${url}/app`, { headers: { 'weir-app': 'a' } })).status).toBe(200)
  await Promise.all([one.close(), two.close(), two.close()])
})

test('a line of the log has the request id, and nothing that users wrote', async () => {
  const lines: string[] = []
  const chat = await startChat({ log: pino({}, { write: line => lines.push(line) }) })
  await chat.call({ user: 'alice' }, 'GET /search?q=secret', undefined, {
    'weir-request-id': 'r-1',
    'weir-platform': 'ios',
  })
  await chat.close()
  expect(lines.map(line => JSON.parse(line))).toMatchObject([
    {
      request_id: 'r-1',
      app: 'app-1',
      user: 'alice',
      platform: 'ios',
      method: 'GET',
      path: '/search',
      status: 200,
    },
  ])
  expect(lines.join('')).not.toContain('secret')
})
