import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type TestApp,
  type TestUpstream,
  type TestWeir,
  startTestWeir,
  startUpstream,
} from '../e2e/harness.ts'
import { connectRaw, head } from '../e2e/raw-client.ts'
import { unlimited } from './unlimited.ts'

let upstream: TestUpstream
let weir: TestWeir
let app: TestApp

beforeAll(async () => {
  upstream = await startUpstream((request, response) => request.resume() && response.end('ok'))
  weir = await startTestWeir({ upstream: upstream.url, contract: unlimited })
  app = await weir.newApp()
})

afterAll(async () => {
  await weir.stop()
  await upstream.close()
})

/**
 * Memory after the first third is what runs on; the rest may add this much, which is noise of the collector: 8 to 33 MiB
 * were measured. A leak of 15 KiB a request is past this.
 */
const NOISE_MIB = 64
const REQUESTS = 9000

describe('memory stays flat under a flood', () => {
  it.each([
    ['of unknown keys', (i: number) => ({ 'x-api-key': `unknown-${i}-${'k'.repeat(2000)}` }), 401],
    [
      'of bad tokens',
      (i: number) => ({ 'x-api-key': app.apiKey, authorization: `${i}.${'t'.repeat(8000)}.x` }),
      401,
    ],
    [
      'of users',
      (i: number) => ({ 'x-api-key': app.apiKey, authorization: tokenOf({ user_id: `u${i}` }) }),
      200,
    ],
  ])('%s', async (_, fields, status) => {
    const flood = async (from: number, to: number) => {
      const client = await connectRaw(weir.weir.gatewayUrl)
      for (let i = from; i < to; i++) {
        client.write(head('GET /app', fields(i)))
        expect((await client.answer()).status).toBe(status)
      }
      client.socket.destroy()
    }
    await flood(0, REQUESTS / 3)
    const before = process.memoryUsage().rss
    await flood(REQUESTS / 3, REQUESTS)
    expect((process.memoryUsage().rss - before) / 1024 ** 2).toBeLessThan(NOISE_MIB)
  })
})

describe('a signed token that is made to hurt', () => {
  const nested = `${'['.repeat(5000)}${']'.repeat(5000)}`
  it.each([
    ['with claims of 1 MB is refused', `{"user_id":"ann","x":"${'x'.repeat(1_000_000)}"}`, 431],
    ['nested 5000 deep is read', `{"user_id":"ann","x":${nested}}`, 200],
    ['with a claim twice has the last one', '{"user_id":7,"user_id":"ann"}', 200],
    ['with a server claim taken back has it not', '{"server":true,"server":false}', 401],
    ['with a prototype is a token without a user', '{"__proto__":{"user_id":"eve","server":true}}', 401],
  ])('%s', async (_, claims, status) => {
    const client = await connectRaw(weir.weir.gatewayUrl)
    client.write(head('GET /app', { 'x-api-key': app.apiKey, authorization: signed(claims) }))
    expect((await client.answer()).status).toBe(status)
    client.socket.destroy()
    expect((await app.call('/app')).status).toBe(200)
  })
})

const tokenOf = (claims: object) => signed(JSON.stringify(claims))

/** A token whose claims are any text, with the app's own signature. */
function signed(claims: string): string {
  const part = (text: string) => Buffer.from(text).toString('base64url')
  const input = `${part('{"alg":"HS256"}')}.${part(claims)}`
  return `${input}.${createHmac('sha256', app.secret).update(input).digest('base64url')}`
}
