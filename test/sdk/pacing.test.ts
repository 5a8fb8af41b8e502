import { afterAll, beforeAll, expect, it } from 'vitest'
import { WeirError } from '../../sdk/src/weir-client.ts'
import { type TestApp, type TestUpstream, type TestWeir } from '../e2e/harness.ts'
import { startTestWeir, startUpstream } from '../e2e/harness.ts'
import { outcomesOf } from '../e2e/recorded.ts'
import { clientOf } from './client-of.ts'

let upstream: TestUpstream
let weir: TestWeir

beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    request.resume()
    // Answers come late and out of order, as they do over a network.
    setTimeout(() => response.end('ok'), Math.random() * 50)
  })
  weir = await startTestWeir({ upstream: upstream.url })
})

afterAll(async () => {
  await weir.stop()
  await upstream.close()
})

/** Of each call its status, 0 for one that was aborted. */
async function statusesOf(
  calls: readonly Promise<{ metadata: { responseCode: number } }>[],
): Promise<number[]> {
  const ends = await Promise.allSettled(calls)
  return ends.map(end => {
    if (end.status === 'fulfilled') return end.value.metadata.responseCode
    return end.reason instanceof WeirError ? end.reason.status : 0
  })
}

async function limitedOf(app: TestApp, total: number): Promise<number> {
  return (await outcomesOf(weir, app, total)).limited ?? 0
}

it('concurrent calls that pace themselves never run into the burst limit', async () => {
  const app = await weir.newApp({ limits: { app: { GetApp: 300 } } })
  const client = await clientOf(weir, app, { pace: true, retry: false, claims: { server: true } })
  const from = performance.now()
  const statuses = await statusesOf(Array.from({ length: 35 }, () => client.get('/app')))
  const tookMs = performance.now() - from
  expect(statuses).toEqual(statuses.map(() => 200))
  expect(await limitedOf(app, 35)).toBe(0)
  // Ten a second: four windows at least.
  expect(tookMs).toBeGreaterThan(2000)
})

it('nor into the user’s: what is over it waits until it is aborted', async () => {
  const app = await weir.newApp({ limits: { user: { GetApp: 20 } } })
  const client = await clientOf(weir, app, { pace: true, retry: false })
  const aborting = new AbortController()
  const calls = Array.from({ length: 70 }, () => client.get('/app', { signal: aborting.signal }))
  const twenty = Promise.withResolvers<void>()
  let answered = 0
  for (const call of calls) void call.then(() => ++answered === 20 && twenty.resolve(), twenty.reject)
  await twenty.promise
  // A while in which one more would pass, if it could.
  setTimeout(() => aborting.abort(), 1000)
  const statuses = await statusesOf(calls)
  const passed = statuses.filter(status => status === 200).length
  expect(statuses.filter(status => status === 0)).toHaveLength(70 - passed)
  // Twenty, or twice that when the minute turned meanwhile.
  expect([20, 40]).toContain(passed)
  expect(await limitedOf(app, passed)).toBe(0)
})

it('nor do calls of different endpoints wait for each other', async () => {
  const app = await weir.newApp({ limits: { app: { GetApp: 1 } } })
  const client = await clientOf(weir, app, { pace: true, retry: false })
  const aborting = new AbortController()
  const held = Array.from({ length: 3 }, () => client.get('/app', { signal: aborting.signal }))
  const ends = Promise.allSettled(held)
  await Promise.any(held)
  expect((await client.get('/search', { query: { q: 'a' } })).metadata.responseCode).toBe(200)
  aborting.abort()
  await ends
})

it('a client told to refuse does so by itself, in the shape of Weir’s own error', async () => {
  const app = await weir.newApp({ limits: { user: { GetApp: 5 } } })
  const client = await clientOf(weir, app, { pace: { whenExhausted: 'refuse' } })
  const before = upstream.received.length
  const ends = await Promise.allSettled(Array.from({ length: 20 }, () => client.get('/app')))
  const errors = ends.filter(end => end.status === 'rejected').map(end => end.reason as WeirError)
  const sent = upstream.received.length - before
  expect([5, 10]).toContain(sent)
  expect(errors).toHaveLength(20 - sent)
  expect(await limitedOf(app, sent)).toBe(0)

  const plain = await clientOf(weir, app, { retry: false })
  const fromWeir = await Promise.allSettled(Array.from({ length: 6 }, () => plain.get('/app')))
  const theirs = fromWeir.filter(end => end.status === 'rejected').map(end => end.reason as WeirError)[0]!
  const ours = errors[0]!
  expect(ours).toBeInstanceOf(WeirError)
  expect(Object.keys(ours)).toEqual(Object.keys(theirs))
  expect(Object.keys(ours.metadata)).toEqual(Object.keys(theirs.metadata))
  const shared = ['code', 'title', 'status', 'scope', 'violatedPolicies'] as const
  for (const name of shared) expect(ours[name]).toEqual(theirs[name])
  expect([ours.local, theirs.local]).toEqual([true, false])
  const { rateLimit, retryAfterMs, tries } = ours.metadata
  expect([rateLimit.rateLimit, rateLimit.rateLimitRemaining, tries]).toEqual([5, 0, 0])
  // Never early, and at most the second late by which `t` is rounded up; the minute may turn in between.
  const lateMs = rateLimit.rateLimitReset!.getTime() - theirs.metadata.rateLimit.rateLimitReset!.getTime()
  expect((lateMs + 60_000) % 60_000).toBeLessThan(1500)
  expect(retryAfterMs).toBeGreaterThan(0)
})
