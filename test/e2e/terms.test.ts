import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestUpstream, type TestWeir, startTestWeir, startUpstream } from './harness.ts'

let upstream: TestUpstream
let weir: TestWeir
beforeAll(async () => {
  upstream = await startUpstream((_req, res) => res.end('ok'))
  weir = await startTestWeir({
    upstream: upstream.url,
    contract: text =>
      text.replace('mau: connection', 'mau: request').replace('burst: { divisor: 30 }', 'burst: off'),
  })
})
afterAll(async () => {
  await weir.stop()
  await upstream.close()
})

test('negotiated limits hold above the plan’s and below an app’s override, and end when others begin', async () => {
  const app = await weir.newApp({ plan: 'enterprise' })
  const limitOf = async () => Number((await app.call('/app')).headers.get('x-ratelimit-limit'))
  const agree = async (terms: object) => {
    const body = { from: new Date().toISOString(), ...terms }
    await weir.control('PUT', `/api/organizations/${app.organizationId}/terms`, body)
    await weir.weir.refresh()
  }
  expect(await limitOf()).toBe(5000)
  await agree({ limits: { app: { default: 77 } } })
  expect(await limitOf()).toBe(77)
  await weir.control('PUT', `/api/apps/${app.id}/limits`, { app: { GetApp: 9 } })
  await weir.weir.refresh()
  expect(await limitOf()).toBe(9)
  await weir.control('PUT', `/api/apps/${app.id}/limits`, { app: null })
  await agree({})
  expect(await limitOf()).toBe(5000)
})

test('terms can make the numbers of a plan hard, and others', async () => {
  const app = await weir.newApp({ plan: 'growth' })
  const as = async (user: string) => (await app.call('/app', { claims: { user_id: user } })).status
  expect(await as('ann')).toBe(200)
  const terms = { from: new Date().toISOString(), includes: { mau: 2 }, overage: 'none' }
  await weir.control('PUT', `/api/organizations/${app.organizationId}/terms`, terms)
  await weir.weir.refresh()
  expect(await as('bob')).toBe(200)
  expect(await as('cid')).toBe(403)
  expect(await as('ann')).toBe(200)
})
