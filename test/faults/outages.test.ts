import { type TestContext, expect, test } from 'vitest'
import { startFaultyUpstream } from './faulty-upstream.ts'
import { TIMEOUT_MS, startFaultedWeir, untilMade } from './faults.ts'
import { SLICE_MS, countOf, differences, outside } from './made-outage.ts'
import { startClient } from './paced-client.ts'

/** A Weir before an upstream, and a client that asks all the time. */
async function startAll(everyMs: number, onTestFinished: TestContext['onTestFinished']) {
  const upstream = await startFaultyUpstream()
  const weir = await startFaultedWeir({ upstream: upstream.url })
  const client = startClient({ gateway: () => weir.gateway(), apiKey: weir.apiKey, everyMs })
  onTestFinished(async () => {
    await client.stop()
    await weir.stop()
    await upstream.kill()
  })
  return { upstream, weir, client }
}

/** Seconds of each outage that are down whatever the client cannot know. */
const SECONDS = 4

test.concurrent(
  'an upstream that is killed, hangs, or is slow is down in the slices in which it was, and in no other',
  async ({ onTestFinished }) => {
    const { upstream, weir, client } = await startAll(40, onTestFinished)
    await untilMade(client, 'up', 2)
    await upstream.kill()
    await untilMade(client, 'down', SECONDS)
    await upstream.start()
    await untilMade(client, 'up', 3)
    upstream.hang()
    await untilMade(client, 'down', SECONDS)
    upstream.goOn()
    await untilMade(client, 'up', 3)
    await upstream.delay(2 * TIMEOUT_MS)
    await untilMade(client, 'down', SECONDS)
    await upstream.delay(0)
    await untilMade(client, 'up', 3)
    await client.stop()
    const endMs = Date.now()
    expect(await weir.end()).toBe(0)

    const { spans, downSeconds } = await weir.reportTo(endMs)
    expect(client.log.filter(({ outcome }) => outcome === 'lost')).toEqual([])
    expect(differences(client.log, spans)).toEqual([])
    expect(outside(client.log, spans)).toEqual([])
    const [down, either] = [countOf(client.log, 'down'), countOf(client.log, 'either')]
    expect(down).toBeGreaterThanOrEqual(3 * SECONDS)
    expect(Number(downSeconds)).toBeGreaterThanOrEqual(down)
    expect(Number(downSeconds)).toBeLessThanOrEqual(down + either)
    expect(spans.every(({ decidedBy }) => decidedBy.includes('app'))).toBe(true)
  },
  240_000,
)

test.concurrent(
  'a gateway that is killed is down from its last second on until it serves again',
  async ({ onTestFinished }) => {
    const { weir, client } = await startAll(40, onTestFinished)
    await untilMade(client, 'up', 4)
    const killedMs = Date.now()
    await weir.kill()
    const deadMs = Date.now()
    // Its time is known by the silence alone, so it has to last.
    await new Promise(resolve => setTimeout(resolve, 5 * SLICE_MS))
    const startedMs = Date.now()
    await weir.start()
    const servesMs = Date.now()
    await untilMade(client, 'up', 3)
    await client.stop()
    const endMs = Date.now()
    expect(await weir.end()).toBe(0)

    const { spans } = await weir.reportTo(endMs)
    expect(spans).toHaveLength(1)
    const [{ startMs, endMs: upMs, decidedBy }] = spans as [(typeof spans)[0]]
    expect(decidedBy).toEqual(['nodes'])
    // Nobody was there in any of the whole slices between; a kill takes the last second of what was known.
    expect(startMs).toBeLessThanOrEqual(Math.ceil(deadMs / SLICE_MS) * SLICE_MS)
    expect(startMs).toBeGreaterThanOrEqual(killedMs - 2 * SLICE_MS)
    expect(upMs).toBeGreaterThanOrEqual(Math.floor(startedMs / SLICE_MS) * SLICE_MS)
    expect(upMs).toBeLessThanOrEqual(servesMs)
    expect(outside(client.log, spans)).toEqual([])
  },
  240_000,
)

test.concurrent(
  'with few requests an outage is told from its first failure on, and at most five minutes longer than it was',
  async ({ onTestFinished }) => {
    const { upstream, weir, client } = await startAll(1500, onTestFinished)
    const seen = async (outcome: 'served' | 'failed', count: number) => {
      const all = () => client.log.filter(each => each.outcome === outcome)
      const before = all().length
      while (all().length - before < count) await new Promise(resolve => setTimeout(resolve, 50))
    }
    await seen('served', 6)
    await upstream.kill()
    await seen('failed', 5)
    await upstream.start()
    await seen('served', 7)
    await client.stop()
    const endMs = Date.now()
    expect(await weir.end()).toBe(0)

    const { spans } = await weir.reportTo(endMs)
    const failed = client.log.filter(({ outcome }) => outcome === 'failed')
    const [first, last] = [failed[0]!, failed.at(-1)!]
    expect(spans).toHaveLength(1)
    const [{ startMs, endMs: upMs, decidedBy }] = spans as [(typeof spans)[0]]
    expect(decidedBy).toEqual(['adjoining'])
    const sliceOf = (atMs: number) => Math.floor(atMs / SLICE_MS) * SLICE_MS
    expect(startMs).toBeGreaterThanOrEqual(sliceOf(first.sentMs))
    expect(startMs).toBeLessThanOrEqual(sliceOf(first.answeredMs))
    expect(upMs).toBeGreaterThan(last.sentMs)
    expect(upMs).toBeLessThanOrEqual(last.answeredMs + 300_000)
    // The last five requests are enough to know that it is over.
    const fifth = client.log.filter(({ outcome, sentMs }) => outcome === 'served' && sentMs > last.sentMs)[4]!
    expect(upMs).toBeLessThanOrEqual(sliceOf(fifth.answeredMs))
  },
  240_000,
)
