import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { ServeSettings } from '../../src/commands/settings.ts'
import { type TestUpstream, type TestWeir, eventually, startTestWeir, startUpstream } from './harness.ts'
import { connectRaw, head } from './raw-client.ts'

let upstream: TestUpstream
let weir: TestWeir

beforeAll(async () => {
  upstream = await startUpstream()
})
afterEach(() => weir.stop())
afterAll(() => upstream.close())

async function start(settings: Partial<ServeSettings>): Promise<void> {
  weir = await startTestWeir({ upstream: upstream.url, settings })
}

it('beyond the connections of all nobody gets one, over all threads, until one is given back', async () => {
  await start({ maxConnections: 10 })
  const clients = await Promise.all(Array.from({ length: 14 }, () => connectRaw(weir.weir.gatewayUrl)))
  const metrics = async () => (await fetch(`${weir.weir.controlUrl}/metrics`)).text()
  await eventually(metrics, text => text.includes('weir_connections_refused_total{bound="all"} 4'), 60_000)
  expect(await metrics()).toContain('weir_open_connections 10')
  for (const { socket } of clients.slice(0, 14)) socket.destroy()
  await eventually(metrics, text => text.includes('weir_open_connections 0'), 60_000)
  const again = await connectRaw(weir.weir.gatewayUrl)
  again.write(head('GET /nowhere'))
  expect((await again.answer()).status).toBe(401)
  again.socket.destroy()
})

it('an idle connection is closed after its time, and not before', async () => {
  await start({ keepAliveSeconds: 2 })
  const client = await connectRaw(weir.weir.gatewayUrl)
  client.write(head('GET /nowhere'))
  expect((await client.answer()).one('keep-alive')).toBe('timeout=2')
  const idleFrom = performance.now()
  expect(await client.rest()).toHaveLength(0)
  // Node adds a second for an answer that is on its way to a client.
  expect(performance.now() - idleFrom).toBeGreaterThan(1900)
  client.socket.destroy()
})
