import { type AddressInfo, type Server, type Socket, createServer } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestApp, type TestWeir, startTestWeir } from '../e2e/harness.ts'
import { connectRaw, head } from '../e2e/raw-client.ts'
import { unlimited } from './unlimited.ts'

const UPLOADS = 200
const LENGTH = 4 * 1024 * 1024

let server: Server
let weir: TestWeir
let app: TestApp
const sockets = new Set<Socket>()

beforeAll(async () => {
  // Answers as soon as it sees a head, and is gone before the body is: what it has not read makes that a reset.
  server = createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    socket.once('data', () =>
      socket.write('HTTP/1.1 413 Too Much\r\ncontent-length: 5\r\n\r\nlarge', () => socket.resetAndDestroy()),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const upstream = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  weir = await startTestWeir({ upstream, contract: unlimited })
  app = await weir.newApp()
})

afterAll(async () => {
  await weir.stop()
  for (const socket of sockets) socket.destroy()
  server.close()
})

it('the early answer of an upstream that then resets the connection reaches the client', async () => {
  const fields = {
    'x-api-key': app.apiKey,
    authorization: await app.token({ user_id: 'ann' }),
    'content-length': String(LENGTH),
  }
  const piece = Buffer.alloc(65_536)
  const answers = new Map<string, number>()
  for (let i = 0; i < UPLOADS; i++) {
    const client = await connectRaw(weir.weir.gatewayUrl)
    client.write(head('POST /app', fields))
    for (let sent = 0; sent < LENGTH; sent += piece.length) client.write(piece)
    const { status, body } = await client.answer()
    client.socket.destroy()
    const seen = `${status} ${status === 413 ? body.toString() : 'not its own'}`
    answers.set(seen, (answers.get(seen) ?? 0) + 1)
  }
  expect(Object.fromEntries(answers)).toEqual({ '413 large': UPLOADS })
})
