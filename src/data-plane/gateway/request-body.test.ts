import { once } from 'node:events'
import { type IncomingMessage, createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { discardBody } from './request-body.ts'

afterEach(() => void vi.restoreAllMocks())

it('the watch over a body ends with its connection, also once the request has been answered', async () => {
  const started = vi.spyOn(globalThis, 'setTimeout')
  const ended = vi.spyOn(globalThis, 'clearTimeout')
  const idleMs = 123_456
  const asked = Promise.withResolvers<IncomingMessage>()
  const server = createServer((request, response) => {
    discardBody(request, { maxBodyBytes: 100, bodyIdleMs: idleMs, uploadMs: 600_000 })
    response.end('early')
    asked.resolve(request)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf')
  const { socket } = await asked.promise
  await once(client, 'data')
  client.destroy()
  // The broken-off body is an error of the connection first; its end is what is waited for.
  await new Promise<void>(resolve => socket.once('close', () => resolve()))
  server.close()
  const timer = started.mock.results[started.mock.calls.findIndex(([, ms]) => ms === idleMs)]!
    .value as unknown
  expect(ended.mock.calls.map(([cleared]) => cleared)).toContain(timer)
})
