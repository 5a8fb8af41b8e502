import { expect, onTestFinished, test } from 'vitest'
import { startReceiver } from '../../src/control-plane/channels/test-receiver.ts'
import { shownTime } from '../../src/core/time/test-clock.ts'
import { startFaultyUpstream } from './faulty-upstream.ts'
import { contract, startFaultedWeir } from './faults.ts'
import { madeSlices } from './made-outage.ts'
import { startClient } from './paced-client.ts'

/** A minute in a quarter of a second, so that the fifteen of calm that end an incident take four. */
const SPEED = 240
const MINUTE_MS = 60_000
const START = '2026-04-10T12:00:00Z'

interface Told {
  readonly type: string
  readonly data: {
    readonly incident: string
    readonly status: string
    readonly startedAt: string
    readonly resolvedAt: string | null
  }
}

interface Incidents {
  readonly items: readonly {
    readonly id: string
    readonly source: string
    readonly status: string
    readonly startedAt: string
    readonly resolvedAt: string | null
  }[]
}

test('an outage becomes an incident by itself, ends when it did, and webhooks hear of both', async () => {
  const since = new Date()
  const clock = () =>
    shownTime({ startMs: Date.parse(START), originMs: since.getTime(), speed: SPEED }, Date.now())
  const receiver = await startReceiver()
  const upstream = await startFaultyUpstream()
  const args = ['--allow-private-webhooks', '--test-clock', `${START},${SPEED},${since.toISOString()}`]
  const yaml = contract.replace('sliceSeconds: 1', 'sliceSeconds: 60')
  const weir = await startFaultedWeir({ upstream: upstream.url, args, yaml })
  const client = startClient({ gateway: () => weir.gateway(), apiKey: weir.apiKey, everyMs: 15, clock })
  onTestFinished(async () => {
    await client.stop()
    await weir.stop()
    await upstream.kill()
    await receiver.close()
  })
  const events = ['incident.opened', 'incident.resolved']
  await weir.control('POST', '/api/webhooks', { url: receiver.url, events })
  const told = (at: number): Told => JSON.parse(receiver.received[at]!.body) as Told

  await upstream.kill()
  await receiver.until(1)
  await upstream.start()
  await receiver.until(2)
  await client.stop()

  const { items } = await weir.control<Incidents>('GET', '/api/incidents')
  expect(items).toMatchObject([{ source: 'slices', status: 'resolved' }])
  const [{ id, startedAt, resolvedAt }] = items as [Incidents['items'][0]]
  expect(told(0)).toMatchObject({
    type: 'incident.opened',
    data: { incident: id, startedAt, resolvedAt: null },
  })
  expect(told(1)).toMatchObject({ type: 'incident.resolved', data: { incident: id, resolvedAt } })

  const failed = client.log.filter(({ outcome }) => outcome === 'failed')
  const down = [...madeSlices(client.log, MINUTE_MS)].filter(([, kind]) => kind === 'down').map(([at]) => at)
  expect(down.length).toBeGreaterThan(0)
  const minuteOf = (atMs: number) => Math.floor(atMs / MINUTE_MS) * MINUTE_MS
  expect(Date.parse(startedAt)).toBeGreaterThanOrEqual(minuteOf(failed[0]!.sentMs))
  expect(Date.parse(startedAt)).toBeLessThanOrEqual(down[0]!)
  expect(Date.parse(resolvedAt!)).toBeGreaterThanOrEqual(down.at(-1)! + MINUTE_MS)
  expect(Date.parse(resolvedAt!)).toBeLessThanOrEqual(minuteOf(failed.at(-1)!.answeredMs) + 6 * MINUTE_MS)
}, 240_000)
