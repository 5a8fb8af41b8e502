import { expect, onTestFinished, test } from 'vitest'
import { createClockSteps } from './clock-steps.ts'
import { startFaultyUpstream } from './faulty-upstream.ts'
import { type FaultedWeir, startFaultedWeir, untilMade } from './faults.ts'
import { SLICE_MS, countOf, differences } from './made-outage.ts'
import { type Asked, startClient } from './paced-client.ts'

const FORWARD_MS = 600_000
const BACK_MS = -300_000

test('a machine’s clock that is put forward or back makes no time down, and hides none', async () => {
  const steps = createClockSteps()
  const upstream = await startFaultyUpstream()
  const weir = await startFaultedWeir({ upstream: upstream.url, env: steps.env })
  onTestFinished(async () => {
    await weir.stop()
    await upstream.kill()
    steps.remove()
  })
  /** While nothing is asked: which clock an arrival had is then no question. */
  const step = async (ms: number) => steps.step(ms, () => resetOf(weir))
  async function ask(during: (client: { readonly log: readonly Asked[] }) => Promise<void>) {
    const client = startClient({
      gateway: () => weir.gateway(),
      apiKey: weir.apiKey,
      everyMs: 40,
      clock: () => steps.now(),
    })
    await during(client)
    await client.stop()
    return client.log
  }
  const outage = async (client: { readonly log: readonly Asked[] }) => {
    await untilMade(client, 'up', 2)
    await upstream.kill()
    await untilMade(client, 'down', 3)
    await upstream.start()
    await untilMade(client, 'up', 2)
  }

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
}, 240_000)

function endOf(log: readonly Asked[]): number {
  return Math.max(...log.map(({ answeredMs }) => answeredMs))
}

async function resetOf(weir: FaultedWeir): Promise<number> {
  const answer = await fetch(`${weir.gateway()}/things`, { headers: { 'x-api-key': weir.apiKey } })
  await answer.text()
  return Number(answer.headers.get('x-ratelimit-reset'))
}
