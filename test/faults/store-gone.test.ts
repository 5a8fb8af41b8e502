import { expect, onTestFinished, test } from 'vitest'
import { startPrivatePostgres } from '../private-postgres.ts'
import { startFaultyUpstream } from './faulty-upstream.ts'
import { startFaultedWeir, untilMade } from './faults.ts'
import { countOf, differences, outside } from './made-outage.ts'
import { startClient } from './paced-client.ts'

test('while the store is gone traffic is served, so nothing is down but what failed, and all of it counts', async () => {
  const postgres = await startPrivatePostgres()
  const upstream = await startFaultyUpstream()
  const databaseUrl = await postgres.createDatabase()
  const weir = await startFaultedWeir({ upstream: upstream.url, databaseUrl })
  const client = startClient({ gateway: () => weir.gateway(), apiKey: weir.apiKey, everyMs: 40 })
  onTestFinished(async () => {
    await client.stop()
    await weir.stop()
    await upstream.kill()
    await postgres.stop()
  })
  await untilMade(client, 'up', 2)
  await postgres.halt()
  await untilMade(client, 'up', 5)
  // An outage that no store sees when it happens.
  await upstream.kill()
  await untilMade(client, 'down', 3)
  await upstream.start()
  await untilMade(client, 'up', 3)
  await postgres.start()
  await untilMade(client, 'up', 2)
  await client.stop()
  const endMs = Date.now()
  expect(await weir.end()).toBe(0)

  const { spans, downSeconds, seconds } = await weir.reportTo(endMs)
  expect(client.log.filter(({ outcome }) => outcome === 'lost')).toEqual([])
  expect(differences(client.log, spans)).toEqual([])
  expect(outside(client.log, spans)).toEqual([])
  const [down, either] = [countOf(client.log, 'down'), countOf(client.log, 'either')]
  expect(Number(downSeconds)).toBeGreaterThanOrEqual(down)
  expect(Number(downSeconds)).toBeLessThanOrEqual(down + either)
  expect(seconds.unmeasured).toBe(0)
  // And the few before the client began, which waited for the app to be known.
  expect(await weir.recorded()).toBeGreaterThanOrEqual(client.log.length)
  expect(await weir.recorded()).toBeLessThanOrEqual(client.log.length + 1)
}, 240_000)
