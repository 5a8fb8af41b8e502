import { type TestContext, expect, test } from 'vitest'
import { eventually } from '../e2e/harness.ts'
import { startPrivatePostgres } from '../private-postgres.ts'
import { createClockSteps } from './clock-steps.ts'
import { startFaultyUpstream } from './faulty-upstream.ts'
import { type FaultedWeir, startFaultedWeir, untilMade } from './faults.ts'
import { SLICE_MS, countOf, differences } from './made-outage.ts'
import { type Asked, type PacedClient, startClient } from './paced-client.ts'

const FORWARD_MS = 600_000
const BACK_MS = -300_000
/** Into slices that were written before. */
const SHORT_BACK_MS = -8000

/** A Weir on a machine whose clock a test sets, and clients of it. */
async function startAll(
  onTestFinished: TestContext['onTestFinished'],
  { offMs = 0, ...options }: { offMs?: number; databaseUrl?: string } = {},
) {
  const steps = createClockSteps(Date.now() + offMs)
  let looks = 0
  const upstream = await startFaultyUpstream()
  const weir = await startFaultedWeir({ upstream: upstream.url, env: steps.env, ...options })
  onTestFinished(async () => {
    await weir.stop()
    await upstream.kill()
    steps.remove()
  })
  // With a store of its own clock instants are the store's, which no test steps.
  const clock = options.databaseUrl === undefined ? () => steps.now() : Date.now
  const begin = (): PacedClient =>
    startClient({ gateway: () => weir.gateway(), apiKey: weir.apiKey, everyMs: 40, clock })
  const look = async () => {
    looks++
    return resetOf(weir)
  }
  return {
    weir,
    upstream,
    begin,
    set: (ms: number) => steps.set(ms),
    looks: () => looks,
    step: async (ms: number): Promise<void> => steps.step(ms, look),
    ask: async (during: (client: { readonly log: readonly Asked[] }) => Promise<void>) => {
      const client = begin()
      await during(client)
      await client.stop()
      return client.log
    },
    outage: async (client: { readonly log: readonly Asked[] }): Promise<void> => {
      await untilMade(client, 'up', 2)
      await upstream.kill()
      await untilMade(client, 'down', 3)
      await upstream.start()
      await untilMade(client, 'up', 2)
    },
  }
}

/** Of requests under way while a clock is set nobody knows by which they arrived: anywhere between all instants of them. */
function unsure(log: readonly Asked[]): Asked[] {
  const instants = log.flatMap(({ sentMs, answeredMs }) => [sentMs, answeredMs])
  const [sentMs, answeredMs] = [Math.min(...instants), Math.max(...instants)]
  return log.map(each => ({ ...each, sentMs, answeredMs }))
}

test('a machine’s clock that is put forward or back makes no time down, and hides none', async ({
  onTestFinished,
}) => {
  const { weir, ask, outage, step } = await startAll(onTestFinished)

  const before = await ask(async client => untilMade(client, 'up', 2))
  await step(FORWARD_MS)
  const later = await ask(outage)
  await step(BACK_MS)
  const earlier = await ask(outage)
  expect(await weir.end()).toBe(0)

  const endMs = Math.max(...later.map(({ answeredMs }) => answeredMs))
  const { spans, downSeconds } = await weir.reportTo(endMs)
  const all = [before, earlier, later]
  for (const log of all) expect(differences(log, spans)).toEqual([])
  // Apart from the outages nothing is down, the ten minutes that nobody lived through among it.
  const made = (kind: 'down' | 'either') => all.reduce((sum, log) => sum + countOf(log, kind), 0)
  expect(made('down')).toBeGreaterThanOrEqual(6)
  expect(Number(downSeconds)).toBeGreaterThanOrEqual(made('down'))
  expect(Number(downSeconds)).toBeLessThanOrEqual(made('down') + made('either'))
  expect(Math.min(...later.map(({ sentMs }) => sentMs)) - endOf(before)).toBeGreaterThan(FORWARD_MS / 2)
  expect(endOf(earlier)).toBeLessThan(Math.min(...later.map(({ sentMs }) => sentMs)) - SLICE_MS)
})

test('a clock that is set while requests are under way loses none of them, and hides no outage', async ({
  onTestFinished,
}) => {
  const { weir, upstream, ask, begin, outage, step, looks } = await startAll(onTestFinished)
  /** A clock that is set while every request takes a while. */
  async function stepUnderWay(ms: number): Promise<Asked[]> {
    await upstream.delay(200)
    const crossing = begin()
    await untilMade(crossing, 'up', 1)
    await step(ms)
    await upstream.delay(0)
    await crossing.stop()
    return unsure(crossing.log)
  }
  const before = await ask(async client => untilMade(client, 'up', 2))
  const forward = await stepUnderWay(FORWARD_MS)
  const later = await ask(outage)
  const back = await stepUnderWay(SHORT_BACK_MS)
  const again = await ask(outage)
  expect(await weir.end()).toBe(0)

  const all = [...before, ...forward, ...later, ...back, ...again]
  const { spans, downSeconds } = await weir.reportTo(endOf(all))
  expect(Math.min(...again.map(({ sentMs }) => sentMs))).toBeLessThan(endOf(later))
  expect(differences(all, spans)).toEqual([])
  expect(Number(downSeconds)).toBeGreaterThanOrEqual(countOf(all, 'down'))
  expect(Number(downSeconds)).toBeLessThanOrEqual(
    countOf([...later, ...again], 'down') + countOf(all, 'either'),
  )
  expect(await weir.counted()).toBe(all.length + looks() + weir.countedAtStart)
})

test('a node whose clock is minutes off the store’s, and is then set, tells what was made by the store’s', async ({
  onTestFinished,
}) => {
  const postgres = await startPrivatePostgres()
  onTestFinished(async () => postgres.stop())
  const databaseUrl = await postgres.createDatabase()
  const { weir, ask, begin, outage, set } = await startAll(onTestFinished, { offMs: BACK_MS, databaseUrl })
  const before = await ask(outage)
  const crossing = begin()
  await untilMade(crossing, 'up', 1)
  set(FORWARD_MS)
  // Now it is as many minutes fast as it was slow; the node finds out by itself.
  await eventually(
    () => weir.metrics(),
    text => Number(/^weir_store_clock_offset_seconds (.*)$/m.exec(text)?.[1]) < BACK_MS / 1000 + 30,
    60_000,
  )
  await crossing.stop()
  const later = await ask(outage)
  expect(await weir.end()).toBe(0)

  const { spans } = await weir.reportTo(endOf(later))
  for (const log of [before, later]) {
    expect(differences(log, spans)).toEqual([])
    expect(countOf(log, 'down')).toBeGreaterThanOrEqual(3)
  }
  expect(await weir.counted()).toBe(before.length + crossing.log.length + later.length + weir.countedAtStart)
})

function endOf(log: readonly Asked[]): number {
  return Math.max(...log.map(({ answeredMs }) => answeredMs))
}

async function resetOf(weir: FaultedWeir): Promise<number> {
  const answer = await fetch(`${weir.gateway()}/things`, { headers: { 'x-api-key': weir.apiKey } })
  await answer.text()
  return Number(answer.headers.get('x-ratelimit-reset'))
}
