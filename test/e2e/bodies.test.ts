import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TestApp, type TestUpstream, type TestWeir } from './harness.ts'
import { startTestWeir, startUpstream } from './harness.ts'
import { outcomesOf } from './recorded.ts'
import { type RawClient, connectRaw, head } from './raw-client.ts'

/** Bodies pass both ways as streams: no more of them lies in Weir than the sockets' buffers hold. */
const MIB = 1024 * 1024
/** The system's buffers of two connections; what does not fit there may not be taken. */
const BUFFERED_AT_MOST = 24 * MIB
const TIMEOUT_MS = 1000

let upstream: TestUpstream
let listener: RequestListener
let weir: TestWeir
let app: TestApp
let credentials: Record<string, string>

beforeAll(async () => {
  upstream = await startUpstream((request, response) => listener(request, response))
  weir = await startTestWeir({
    upstream: upstream.url,
    contract: text =>
      text
        .replace('timeoutMs: 10000', `timeoutMs: ${TIMEOUT_MS}`)
        .replace('unmatched: reject', 'unmatched: Other')
        .replace('  user: 60 ', '  user: off '),
  })
})

beforeEach(async () => {
  app = await weir.newApp()
  credentials = { 'x-api-key': app.apiKey, authorization: await app.token({ user_id: 'ann' }) }
  listener = digest
})

afterAll(async () => {
  await weir.stop()
  await upstream.close()
})

const shaOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** Answers with what arrived: its length, its hash, and how it was framed. */
const digest: RequestListener = (request, response) => {
  answerDigest(request, response).catch((error: unknown) => response.destroy(error as Error))
}

async function answerDigest(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = Buffer.concat((await request.toArray()) as Buffer[])
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers
  response.end(JSON.stringify({ bytes: body.length, sha: shaOf(body), length, coding }))
}

interface Writable {
  write(chunk: Buffer): boolean
  once(event: 'drain', listener: () => void): unknown
}

/** Writes until the other side has taken nothing for a while; returns how many bytes went out. */
async function writeUntilStuck(sink: Writable, most: number): Promise<number> {
  const chunk = Buffer.alloc(MIB / 4, 'x')
  let sent = 0
  while (sent < most) {
    sent += chunk.length
    if (sink.write(chunk)) continue
    const drained = new Promise<boolean>(resolve => sink.once('drain', () => resolve(true)))
    if (!(await Promise.race([drained, new Promise<boolean>(r => setTimeout(r, 300, false))]))) break
  }
  return sent
}

async function writeAll(sink: Writable, bytes: number): Promise<void> {
  const chunk = Buffer.alloc(MIB / 4, 'x')
  for (let sent = 0; sent < bytes; sent += chunk.length) {
    if (!sink.write(chunk)) await new Promise<void>(resolve => sink.once('drain', () => resolve()))
  }
}

async function openWith(line: string, fields: Record<string, string> = {}): Promise<RawClient> {
  const client = await connectRaw(weir.weir.gatewayUrl)
  client.write(head(line, { ...credentials, ...fields }))
  return client
}

describe('a request’s body', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
    'of a %s passes with its length, or in chunks',
    async method => {
      const body = randomBytes(300_000)
      const whole = await app.call('/users', { method, body })
      expect(await whole.json()).toEqual({ bytes: 300_000, sha: shaOf(body), length: '300000' })
      const chunked = await app.call('/users', { method, body: new Blob([body]).stream() })
      expect(await chunked.json()).toEqual({ bytes: 300_000, sha: shaOf(body), coding: 'chunked' })
    },
  )

  it('of a GET passes too', async () => {
    const client = await openWith('GET /app', { 'content-length': '5' })
    client.write('hello')
    const { status, body } = await client.answer()
    expect([status, JSON.parse(body.toString())]).toMatchObject([200, { bytes: 5, length: '5' }])
    client.socket.destroy()
  })

  it('that is empty stays empty', async () => {
    for (const fields of [{ 'content-length': '0' }, {}]) {
      const client = await openWith('POST /users', fields)
      expect(JSON.parse((await client.answer()).body.toString())).toMatchObject({ bytes: 0, length: '0' })
      client.socket.destroy()
    }
    const client = await openWith('POST /users', { 'transfer-encoding': 'chunked' })
    client.write('0\r\n\r\n')
    expect(JSON.parse((await client.answer()).body.toString())).toMatchObject({ bytes: 0 })
    client.socket.destroy()
  })

  it('waits in the client while the upstream does not read, and then arrives whole', async () => {
    const reading = Promise.withResolvers<() => void>()
    listener = (request, response) => reading.resolve(() => digest(request, response))
    const total = 50 * MIB
    const client = await openWith('POST /users', { 'content-length': String(total) })
    const sent = await writeUntilStuck(client.socket, total)
    expect(sent).toBeLessThan(BUFFERED_AT_MOST)
    const read = await reading.promise
    read()
    await writeAll(client.socket, total - sent)
    expect(JSON.parse((await client.answer()).body.toString())).toMatchObject({ bytes: total })
    client.socket.destroy()
  })

  it('that comes slowly costs the upstream nothing: its time begins when it has something to answer', async () => {
    const client = await openWith('POST /users', { 'content-length': '4' })
    for (const byte of 'slow') {
      await new Promise(resolve => setTimeout(resolve, TIMEOUT_MS * 0.7))
      client.write(byte)
    }
    expect((await client.answer()).status).toBe(200)
    expect(await outcomesOf(weir, app, 1)).toEqual({ served: 1 })
    client.socket.destroy()
  })

  it('that never comes is not the upstream’s failure', async () => {
    const client = await openWith('POST /users', { 'content-length': '4' })
    await new Promise(resolve => setTimeout(resolve, TIMEOUT_MS * 1.5))
    client.socket.destroy()
    expect(await outcomesOf(weir, app, 1)).toEqual({ aborted: 1 })
  })

  it('is asked for with 100 only once the request is admitted', async () => {
    const fields = { 'content-length': '5', expect: '100-continue' }
    const client = await openWith('POST /users', fields)
    expect((await client.head()).status).toBe(100)
    client.write('hello')
    expect((await client.answer()).status).toBe(200)
    client.socket.destroy()
    const stranger = await openWith('POST /users', { ...fields, authorization: 'nobody' })
    expect((await stranger.answer()).status).toBe(401)
    stranger.socket.destroy()
  })

  it('may be cut short by the upstream’s early answer, which the client gets', async () => {
    listener = (_, response) => response.writeHead(413).end('too much')
    const client = await openWith('POST /users', { 'content-length': String(20 * MIB) })
    const uploading = writeAll(client.socket, 20 * MIB)
    const { status, body } = await client.answer()
    expect([status, body.toString()]).toEqual([413, 'too much'])
    await uploading
    expect(await outcomesOf(weir, app, 1)).toEqual({ 'client-error': 1 })
    client.socket.destroy()
  })
})

describe('an answer’s body', () => {
  it('waits in the upstream while the client does not read, and then arrives whole', async () => {
    const total = 50 * MIB
    const stuck = Promise.withResolvers<number>()
    listener = (request, response) => {
      request.resume()
      response.writeHead(200, { 'content-length': total })
      const answering = writeUntilStuck(response, total).then(async sent => {
        stuck.resolve(sent)
        await writeAll(response, total - sent)
        return response.end()
      })
      answering.catch(stuck.reject)
    }
    const client = await openWith('GET /app')
    client.socket.pause()
    expect(await stuck.promise).toBeLessThan(BUFFERED_AT_MOST)
    const arrived = Promise.withResolvers<void>()
    let missing = total
    client.socket.removeAllListeners('data').on('data', chunk => {
      missing -= chunk.length
      if (missing <= 0) arrived.resolve()
    })
    client.socket.resume()
    await arrived.promise
    client.socket.destroy()
    expect(await outcomesOf(weir, app, 1)).toEqual({ served: 1 })
  })

  it('begins as soon as the upstream begins, its head before any of it', async () => {
    const answering = Promise.withResolvers<ServerResponse>()
    listener = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      answering.resolve(response)
    }
    const client = await openWith('GET /app')
    const begun = await client.head()
    expect([begun.status, begun.one('content-type')]).toEqual([200, 'text/event-stream'])
    const response = await answering.promise
    response.write('data: 1\n\n')
    expect((await client.bytes(14)).toString()).toBe('9\r\ndata: 1\n\n\r\n')
    response.end()
    expect((await client.bytes(5)).toString()).toBe('0\r\n\r\n')
    client.socket.destroy()
  })

  it('is left out where HTTP says so: HEAD, 204, 304', async () => {
    listener = (request, response) => {
      request.resume()
      const status = Number(request.headers['x-status'])
      response.writeHead(status, status === 204 ? {} : { 'content-length': '5', etag: '"1"' })
      response.end(status === 200 ? 'hello' : undefined)
    }
    // All on one connection: a body too many or too few would show in the next answer.
    const client = await connectRaw(weir.weir.gatewayUrl)
    for (const [method, status] of [
      ['HEAD', 200],
      ['GET', 304],
      ['GET', 204],
      ['GET', 200],
    ] as const) {
      client.write(head(`${method} /app`, { ...credentials, 'x-status': String(status) }))
      const answer = await client.answer({ bodiless: method === 'HEAD' })
      expect(answer.status).toBe(status)
      expect(answer.one('content-length')).toBe(status === 204 ? undefined : '5')
      expect(answer.body.toString()).toBe(status === 200 && method === 'GET' ? 'hello' : '')
    }
    client.socket.destroy()
  })

  it('in chunks arrives with its length for HTTP/1.0, or to the end of the connection', async () => {
    listener = (_, response) => {
      response.write('one')
      response.end('two')
    }
    const client = await connectRaw(weir.weir.gatewayUrl)
    client.write(head('GET /app', credentials).replace('HTTP/1.1', 'HTTP/1.0'))
    const answer = (await client.rest()).toString()
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(answer).not.toMatch(/transfer-encoding/i)
    expect(answer.split('\r\n\r\n')[1]).toBe('onetwo')
    client.socket.destroy()
  })
})

it('requests sent one behind the other on a connection are answered in their order', async () => {
  listener = (request, response) => {
    request.resume()
    // The first is the slowest.
    setTimeout(() => response.end(request.url), request.url!.endsWith('0') ? 100 : 0)
  }
  const client = await connectRaw(weir.weir.gatewayUrl)
  const targets = Array.from({ length: 5 }, (_, i) => `/app?n=${i}`)
  client.write(targets.map(target => head(`GET ${target}`, credentials)).join(''))
  for (const target of targets) expect((await client.answer()).body.toString()).toBe(target)
  expect(await outcomesOf(weir, app, 5)).toEqual({ served: 5 })
  client.socket.destroy()
})
