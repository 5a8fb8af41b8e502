import { expect, test } from 'vitest'
import { startTestWeir, startUpstream } from './harness.ts'

const april = Date.UTC(2026, 3, 1)

test('under a test clock windows, records and changes have its time, and /healthz says so', async () => {
  const upstream = await startUpstream((_req, res) => res.end('ok'))
  const clock = { startMs: april + 10_000, originMs: Date.now(), speed: 1 }
  const weir = await startTestWeir({ upstream: upstream.url, settings: { testClock: clock } })
  const app = await weir.newApp()
  const response = await app.call('/app')
  expect(Number(response.headers.get('x-ratelimit-reset'))).toBe(april / 1000 + 60)
  const health = await weir.control<{ status: string; testClock: { now: string; speed: number } }>(
    'GET',
    '/healthz',
  )
  expect(health).toMatchObject({ status: 'ok', testClock: { speed: 1 } })
  expect(health.testClock.now).toMatch(/^2026-04-01T00:00:/)
  const { items } = await weir.control<{ items: { at: string }[] }>('GET', '/api/audit')
  for (const { at } of items) expect(at).toMatch(/^2026-04-01T00:00:/)
  await weir.stop()
  await upstream.close()
})
