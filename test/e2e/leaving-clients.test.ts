import type { RequestListener, ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TestApp, type TestUpstream, type TestWeir } from './harness.ts'
import { startTestWeir, startUpstream } from './harness.ts'
import { outcomesOf } from './recorded.ts'
import { connectRaw, head } from './raw-client.ts'

const TIMEOUT_MS = 2000
const shortTimeout = (text: string) =>
  text.replace('timeoutMs: 10000', `timeoutMs: ${TIMEOUT_MS}`).replace('  user: 60 ', '  user: off ')

describe('a client that leaves', () => {
  let upstream: TestUpstream
  let served: TestWeir
  let listener: RequestListener
  let caller: TestApp
  let credentials: Record<string, string>

  beforeAll(async () => {
    upstream = await startUpstream((request, response) => listener(request, response))
    served = await startTestWeir({ upstream: upstream.url, contract: shortTimeout })
  })
  beforeEach(async () => {
    caller = await served.newApp()
    credentials = { 'x-api-key': caller.apiKey, authorization: await caller.token({ user_id: 'ann' }) }
  })
  afterAll(async () => {
    await served.stop()
    await upstream.close()
  })

  /** Sends a request, and goes away once the upstream has it; returns what the upstream answers on. */
  async function leave(): Promise<ServerResponse> {
    const asked = Promise.withResolvers<ServerResponse>()
    listener = (_, response) => asked.resolve(response)
    const client = await connectRaw(served.weir.gatewayUrl)
    client.write(head('GET /app', credentials))
    const response = await asked.promise
    client.socket.resetAndDestroy()
    return response
  }

  it.each([
    [200, 'served'],
    [404, 'client-error'],
    [503, 'failed'],
  ])('before the answer hides nothing: %i is %s', async (status, outcome) => {
    const response = await leave()
    response.writeHead(status).end('late')
    expect(await outcomesOf(served, caller, 1)).toEqual({ [outcome]: 1 })
  })

  it('before an answer that never comes hides no failure either', async () => {
    await leave()
    expect(await outcomesOf(served, caller, 1)).toEqual({ failed: 1 })
  })

  it('within a 5xx leaves it a failure', async () => {
    const began = Promise.withResolvers<ServerResponse>()
    listener = (_, response) => {
      response.writeHead(500).write('half')
      began.resolve(response)
    }
    const client = await connectRaw(served.weir.gatewayUrl)
    client.write(head('GET /app', credentials))
    await client.head()
    client.socket.destroy()
    expect(await outcomesOf(served, caller, 1)).toEqual({ failed: 1 })
  })

  it('within its own upload is aborted, at once and however it came to leave', async () => {
    const arrived: Promise<void>[] = []
    listener = request => {
      arrived.push(new Promise(resolve => request.once('close', resolve).once('error', () => resolve())))
      request.resume()
    }
    const body = { 'content-length': '100000' }
    for (let i = 0; i < 20; i++) {
      const client = await connectRaw(served.weir.gatewayUrl)
      // A token seen for the first time takes a moment to check: some leave within it.
      const token = await caller.token({ user_id: `user ${i}` })
      client.write(head('POST /users', { ...credentials, authorization: token, ...body }) + 'x'.repeat(1000))
      if (i % 2 === 0) client.socket.end()
      client.socket.resetAndDestroy()
    }
    expect(await outcomesOf(served, caller, 20)).toEqual({ aborted: 20 })
    await Promise.all(arrived)
  })

  it('right behind its upload is never the upstream’s failure', async () => {
    listener = (request, response) => {
      request.on('error', () => response.destroy())
      request.resume().on('end', () => response.end())
    }
    const body = 'x'.repeat(1000)
    for (let i = 0; i < 20; i++) {
      const client = await connectRaw(served.weir.gatewayUrl)
      const token = await caller.token({ user_id: `user ${i}` })
      const fields = { ...credentials, authorization: token, 'content-length': '1000' }
      client.socket.write(head('POST /users', fields) + body, () => client.socket.resetAndDestroy())
      await client.closed
    }
    const { served: answered = 0, aborted = 0 } = await outcomesOf(served, caller, 20)
    expect(answered + aborted).toBe(20)
  })
})
