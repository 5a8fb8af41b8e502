import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, expect, test } from 'vitest'
import type { SlaReport } from '../../src/core/availability/sla-report.ts'
import { eventually } from '../e2e/harness.ts'
import { startFaultyUpstream } from './faulty-upstream.ts'
import { startFaultedWeir, untilMade } from './faults.ts'
import { SLICE_MS } from './made-outage.ts'
import { type Asked, startClient } from './paced-client.ts'

/** A Weir whose gateway threads can be made to stand still. */
async function startAll(threads: number, onTestFinished: TestContext['onTestFinished']) {
  const folder = mkdtempSync(join(tmpdir(), 'weir-hung-'))
  const file = join(folder, 'thread')
  const upstream = await startFaultyUpstream()
  const preload = new URL('hung-thread.ts', import.meta.url).href
  const env = { NODE_OPTIONS: `--import ${preload}`, HUNG_THREAD: file }
  const weir = await startFaultedWeir({ upstream: upstream.url, env, args: ['--threads', String(threads)] })
  onTestFinished(async () => {
    await weir.stop()
    await upstream.kill()
    rmSync(folder, { recursive: true })
  })
  const client = () => {
    const asking = startClient({ gateway: () => weir.gateway(), apiKey: weir.apiKey, everyMs: 40 })
    onTestFinished(async () => asking.stop())
    return asking
  }
  /** Resolves when the thread stands still. */
  const hang = async (thread: string, ms: number): Promise<Hang> => {
    const orderedMs = Date.now()
    writeFileSync(`${file}.new`, `${thread}:${ms}`)
    renameSync(`${file}.new`, file)
    await eventually(
      async () => existsSync(file),
      there => !there,
      60_000,
    )
    return { orderedMs, fromMs: Date.now(), toMs: orderedMs + ms }
  }
  const readyIs = async (wanted: number) =>
    eventually(
      () => weir.ready(),
      status => status === wanted,
      60_000,
    )
  return { weir, client, hang, readyIs }
}

/** It began between the order and `fromMs`, and lasted until `toMs` at least. */
interface Hang {
  readonly orderedMs: number
  readonly fromMs: number
  readonly toMs: number
}

/**
 * The time of the hang is one span that is down because no node was there: all whole slices in which it surely hung, and no
 * slice in which a request was taken before or after. Of the last `unreportedMs` before it nothing may be known. A machine
 * that gives its threads no time at other moments makes spans of its own.
 */
function expectDown(spans: SlaReport['spans'], log: readonly Asked[], sure: Hang, unreportedMs = 0): void {
  const found = spans.filter(
    each => each.decidedBy.includes('nodes') && each.startMs < sure.toMs && each.endMs > sure.fromMs,
  )
  expect(found).toHaveLength(1)
  const [{ startMs, endMs }] = found as [(typeof found)[0]]
  const served = log.filter(({ outcome }) => outcome === 'served')
  const before = served.filter(({ answeredMs }) => answeredMs <= sure.orderedMs - unreportedMs)
  // One sent meanwhile may have been taken just before.
  const after = served.filter(({ sentMs }) => sentMs >= sure.toMs)
  expect(startMs).toBeLessThanOrEqual(Math.ceil(sure.fromMs / SLICE_MS) * SLICE_MS)
  expect(startMs).toBeGreaterThanOrEqual(Math.max(...before.map(({ sentMs }) => sentMs)))
  expect(endMs).toBeGreaterThanOrEqual(Math.floor(sure.toMs / SLICE_MS) * SLICE_MS)
  expect(endMs).toBeLessThanOrEqual(Math.min(...after.map(({ answeredMs }) => answeredMs)))
}

/** Longer than it takes to be found, shorter than it takes to be replaced. */
const HANG_MS = 7000

test.concurrent(
  'a gateway whose thread hangs for seconds is not ready and was down, and records what it serves afterwards',
  async ({ onTestFinished }) => {
    const { weir, client, hang, readyIs } = await startAll(1, onTestFinished)
    const asking = client()
    await untilMade(asking, 'up', 3)
    const hung = await hang('gateway 1', HANG_MS)
    await readyIs(503)
    await readyIs(200)
    await untilMade(asking, 'up', 3)
    await asking.stop()
    const endMs = Date.now()
    expect(await weir.metrics()).toContain('weir_gateway_threads_replaced_total{cause="hung"} 0')
    expect(await weir.end()).toBe(0)

    expectDown((await weir.reportTo(endMs)).spans, asking.log, hung)
    // Besides those of this test one request at least looked for the app.
    expect(await weir.recorded()).toBeGreaterThanOrEqual(asking.log.length + 1)
    expect(asking.log.filter(({ outcome }) => outcome === 'lost')).toEqual([])
  },
  240_000,
)

test.concurrent(
  'a thread that hangs for ever is replaced: the time until then is down, and what comes then is served',
  async ({ onTestFinished }) => {
    const { weir, client, hang, readyIs } = await startAll(1, onTestFinished)
    const asking = client()
    await untilMade(asking, 'up', 3)
    const { orderedMs, fromMs } = await hang('gateway 1', Infinity)
    const [, endedAt] = await weir.logs(/"time":"([^"]+)"[^\n]*a gateway thread hangs/)
    const toMs = Date.parse(endedAt!)
    await readyIs(200)
    await untilMade(asking, 'up', 3)
    await asking.stop()
    const endMs = Date.now()
    expect(await weir.metrics()).toContain('weir_gateway_threads_replaced_total{cause="hung"} 1')
    expect(await weir.end()).toBe(0)

    // What a thread has not reported goes with it; it reports twice a second.
    expectDown((await weir.reportTo(endMs)).spans, asking.log, { orderedMs, fromMs, toMs }, 1000)
    // Connections that waited for the thread ended with it.
    expect(asking.log.some(({ sentMs, outcome }) => outcome === 'lost' && sentMs > fromMs)).toBe(true)
    const since = asking.log.filter(({ outcome, sentMs }) => outcome === 'served' && sentMs > fromMs)
    expect(await weir.recorded()).toBeGreaterThanOrEqual(since.length)
  },
  240_000,
)

test.concurrent(
  'one of two threads that hangs takes the node’s beat with it: a share of the connections waits for it',
  async ({ onTestFinished }) => {
    const { weir, client, hang, readyIs } = await startAll(2, onTestFinished)
    const before = client()
    await untilMade(before, 'up', 2)
    await before.stop()
    const hung = await hang('gateway 2', HANG_MS)
    await readyIs(503)
    await readyIs(200)
    const after = client()
    await untilMade(after, 'up', 2)
    await after.stop()
    const endMs = Date.now()
    expect(await weir.end()).toBe(0)

    expectDown((await weir.reportTo(endMs)).spans, [...before.log, ...after.log], hung)
  },
  240_000,
)

test.concurrent(
  'a process that is stopped for half a minute was down, and goes on without being replaced',
  async ({ onTestFinished }) => {
    const { weir, client } = await startAll(1, onTestFinished)
    const asking = client()
    await untilMade(asking, 'up', 3)
    const orderedMs = Date.now()
    weir.freeze()
    const fromMs = Date.now()
    await new Promise(resolve => setTimeout(resolve, 30_000))
    const toMs = Date.now()
    weir.goOn()
    await untilMade(asking, 'up', 3)
    await asking.stop()
    const endMs = Date.now()
    expect(await weir.metrics()).toMatch(/threads_replaced_total\{cause="died"\} 0\n.*\{cause="hung"\} 0/)
    expect(await weir.end()).toBe(0)

    expectDown((await weir.reportTo(endMs)).spans, asking.log, { orderedMs, fromMs, toMs })
    const answered = asking.log.filter(({ outcome }) => outcome !== 'lost')
    expect(await weir.recorded()).toBeGreaterThanOrEqual(answered.length + 1)
  },
  240_000,
)
