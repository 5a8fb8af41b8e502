import type { LookupAddress, LookupOptions } from 'node:dns'
import { once } from 'node:events'
import { type Server, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { startReceiver } from './test-receiver.ts'
import { type WebhookSenderOptions, createWebhookSender } from './webhook-sender.ts'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function receiver(...args: Parameters<typeof startReceiver>) {
  const started = await startReceiver(...args)
  closers.push(() => started.close())
  return started
}

async function send(url: string, options: Partial<WebhookSenderOptions> = {}, signal?: AbortSignal) {
  const sender = createWebhookSender({ allowPrivate: true, version: '0.1.0', ...options })
  closers.push(() => sender.close())
  return sender.send(url, '{"a":1}', { 'webhook-id': 'evt_1' }, signal ?? new AbortController().signal)
}

test('2xx says that it arrived, with the fields and the body as they were', async () => {
  const to = await receiver()
  expect(await send(to.url)).toEqual({ verdict: 'worked', status: 200, response: 'ok' })
  expect(to.received).toMatchObject([
    {
      path: '/weir',
      body: '{"a":1}',
      headers: {
        'webhook-id': 'evt_1',
        'content-type': 'application/json',
        'user-agent': 'Weir/0.1.0 (webhooks)',
      },
    },
  ])
})

test('any other status is a failure that says what it was, and 410 the end', async () => {
  const to = await receiver((response, count) => response.writeHead(count === 1 ? 500 : 410).end('no'))
  expect(await send(to.url)).toMatchObject({ verdict: 'failed', status: 500, response: 'no' })
  expect(await send(to.url)).toMatchObject({ verdict: 'gone', status: 410 })
})

test('a redirect is not followed, wherever it leads', async () => {
  const inner = await receiver()
  const to = await receiver(response => response.writeHead(307, { location: inner.url }).end())
  expect(await send(to.url)).toMatchObject({ verdict: 'failed', status: 307 })
  expect(inner.received).toEqual([])
})

test('who does not answer in time has not got it', async () => {
  const to = await receiver(() => undefined)
  expect(await send(to.url, { timeoutMs: 200 })).toEqual({
    verdict: 'failed',
    error: 'No answer within 0.2 s.',
  })
})

test('of an endless answer the first KiB is kept, and the connection goes', async () => {
  const gone = Promise.withResolvers<void>()
  const to = await receiver(response => {
    response.on('close', () => gone.resolve())
    const pour = () => {
      while (response.write('é'.repeat(10_000)));
      response.once('drain', pour)
    }
    pour()
  })
  const came = await send(to.url)
  expect(came.verdict).toBe('worked')
  expect(Buffer.byteLength(came.response ?? '')).toBe(1024)
  await gone.promise
})

test('an answer that breaks off or hangs behind its head has arrived all the same', async () => {
  const broken = await receiver(response => {
    response.writeHead(200, { 'content-length': '10' }).write('12')
    setImmediate(() => response.destroy())
  })
  expect(await send(broken.url)).toMatchObject({ verdict: 'worked', status: 200 })
  const hanging = await receiver(response => response.writeHead(200).write('so far'))
  expect(await send(hanging.url, { timeoutMs: 300 })).toMatchObject({ verdict: 'worked', response: 'so far' })
})

test('an answer that a database or a terminal would stumble over is made harmless', async () => {
  const to = await receiver(response => response.end('a\u0000b\u001b[31m\nc'))
  expect((await send(to.url)).response).toBe('a\u{FFFD}b\u{FFFD}[31m\nc')
})

test('a head without end is refused', async () => {
  const to = await receiver(response => response.writeHead(200, { 'x-long': 'x'.repeat(40_000) }).end())
  expect(await send(to.url)).toMatchObject({ verdict: 'failed', error: expect.stringMatching(/header/i) })
})

test('nobody there is a failure in words', async () => {
  const to = await startReceiver()
  await to.close()
  expect(await send(to.url)).toMatchObject({
    verdict: 'failed',
    error: expect.stringContaining('ECONNREFUSED'),
  })
})

test('the end of Weir breaks an attempt off', async () => {
  const to = await receiver(() => undefined)
  const ending = new AbortController()
  const sending = send(to.url, {}, ending.signal)
  await to.until(1)
  ending.abort(new Error('Weir ends'))
  await expect(sending).rejects.toThrow('Weir ends')
})

/** Counts connections: TLS or not, none may be made. */
async function listener(): Promise<{ server: Server; port: number; connections: () => number }> {
  let count = 0
  const server = createServer(socket => {
    count++
    socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(async () => void server.close())
  return { server, port: (server.address() as AddressInfo).port, connections: () => count }
}

test.each(['127.0.0.1', '[::ffff:127.0.0.1]', '0x7f.1', '2130706433', 'localhost'])(
  'https://%s is not connected to unless allowed',
  async host => {
    const { port, connections } = await listener()
    const came = await send(`https://${host}:${port}/`, { allowPrivate: false })
    expect(came).toMatchObject({ verdict: 'failed', error: expect.stringContaining('no public address') })
    expect(connections()).toBe(0)
  },
)

test('plain http is not spoken unless allowed', async () => {
  const to = await receiver()
  expect(await send(to.url, { allowPrivate: false })).toMatchObject({
    error: expect.stringContaining('https://'),
  })
  expect(to.received).toEqual([])
})

type Callback = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void

/** A name server that says `addresses`, a set at each question. */
function nameServer(...answers: string[][]) {
  const asked: string[] = []
  const lookup = (host: string, _options: LookupOptions, callback: Callback) => {
    const addresses = answers[asked.length] ?? []
    asked.push(host)
    callback(
      null,
      addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
  return { lookup: lookup as NonNullable<WebhookSenderOptions['lookup']>, asked }
}

test('a name that leads to a private address is not connected to, and asked for once', async () => {
  const { port, connections } = await listener()
  // Whoever checks first and looks up again to connect would get the second answer.
  const { lookup, asked } = nameServer(['127.0.0.1'], ['8.8.8.8'])
  const came = await send(`https://rebinding.test:${port}/`, { allowPrivate: false, lookup })
  expect(came.error).toContain('rebinding.test is no public address')
  expect([asked, connections()]).toEqual([['rebinding.test'], 0])
})

test('of a name with public and private addresses only the public ones are tried', async () => {
  const { port, connections } = await listener()
  // 2000::/16 is global unicast, and was never given to anyone.
  const { lookup, asked } = nameServer(['127.0.0.1', '::1', '2000::1'])
  const came = await send(`https://mixed.test:${port}/`, { allowPrivate: false, lookup, timeoutMs: 300 })
  expect(came.verdict).toBe('failed')
  expect(came.error).not.toContain('no public address')
  expect([asked, connections()]).toEqual([['mixed.test'], 0])
})
