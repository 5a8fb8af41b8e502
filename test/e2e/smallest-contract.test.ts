import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestUpstream, type TestWeir, startTestWeir, startUpstream } from './harness.ts'

/** The one in docs/contract.md: what a newcomer starts from must work as it stands. */
const smallest = readFileSync(new URL('../../docs/contract.md', import.meta.url), 'utf8').match(
  /## The smallest contract\s+```yaml\n([\s\S]+?)```/,
)![1]!

let upstream: TestUpstream
let weir: TestWeir

beforeAll(async () => {
  upstream = await startUpstream()
  weir = await startTestWeir({ upstream: upstream.url, contract: () => smallest })
})

afterAll(async () => {
  await weir.stop()
  await upstream.close()
})

it('the smallest contract serves an app of an organization without a plan', async () => {
  const organization = await weir.control<{ id: string; subscription: unknown }>(
    'POST',
    '/api/organizations',
    {
      name: 'Friends',
    },
  )
  expect(organization.subscription).toBeNull()
  const app = await weir.control<{ apiKey: string }>('POST', `/api/organizations/${organization.id}/apps`, {
    name: 'App',
  })
  await weir.weir.refresh()
  const call = (path: string, key = app.apiKey) =>
    fetch(weir.weir.gatewayUrl + path, { headers: { 'x-api-key': key } })
  const answer = await call('/hello')
  expect(answer.status).toBe(200)
  expect(answer.headers.get('ratelimit-policy')).toBe('"app";q=60;w=60, "burst";q=2;w=1')
  expect((await call('/hello', 'another')).status).toBe(401)
  const limits = (await (await call('/rate_limits?endpoints=Hello')).json()) as Record<string, object>
  expect(limits['all']).toMatchObject({ Hello: { limit: 60 } })
})
