import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addApp } from '../store/apps.ts'
import { emptyBatch } from '../store/batch.ts'
import { addContractVersion } from '../store/contracts.ts'
import { type Store, openStore } from '../store/open-store.ts'
import { addOrganization } from '../store/organizations.ts'
import { applyBatch } from '../store/recording.ts'
import { addSubscription } from '../store/subscriptions.ts'
import { userKey } from '../store/user-key.ts'
import { type UsageSettings, runUsage } from './usage.ts'

const nowMs = Date.UTC(2026, 10, 3, 12)
const data = mkdtempSync(join(tmpdir(), 'weir-usage-'))
let store: Store
beforeAll(async () => {
  store = await openStore({ file: join(data, 'weir.db') })
  const { db } = store
  const yaml = readFileSync(new URL('../../contracts/chat.yaml', import.meta.url), 'utf8')
  await addContractVersion(db, { yaml, documents: {}, source: 'file', loadedMs: 1, pricesFromMs: 1 })
  await addOrganization(db, { id: 'org_1', name: 'Acme', billing: {}, eligibility: undefined, createdMs: 1 })
  const dated = { fromMs: 1, createdMs: 1, addOns: [], interval: 'monthly' as const }
  const plan = { plan: 'start', supportPlan: 'developer' }
  await addSubscription(db, { id: 'sub_1', organizationId: 'org_1', ...plan, ...dated, author: 'operator' })
  const app = { id: 'app_1', organizationId: 'org_1', name: 'Acme for iOS', createdMs: 1 }
  await addApp(db, { ...app, sealedSecret: Uint8Array.of(1) })
  const dayMs = Date.UTC(2026, 10, 2)
  const socket = { appId: 'app_1', userKey: undefined, platform: 'ios', endpoint: 'Connect' }
  const requests = { appId: 'app_1', endpoint: '=Search', platform: 'ios', outcome: 'served' as const }
  await applyBatch(db, {
    ...emptyBatch('node', 1, nowMs),
    users: [{ appId: 'app_1', userKey: userKey('app_1', 'ann'), atMs: dayMs }],
    opened: [{ id: 'c', ...socket, atMs: dayMs }],
    requests: [{ ...requests, minuteMs: dayMs, count: 1234, latency: [0, 1234] }],
    unmeasured: [{ appId: 'app_1', fromMs: dayMs, toMs: dayMs + 1500 }],
  })
})
afterAll(async () => {
  await store.close()
  rmSync(data, { recursive: true })
})

async function run(more: Partial<UsageSettings>): Promise<{ out: string; err: string; status: number }> {
  const said = { out: '', err: '' }
  const io = {
    out: (text: string) => void (said.out += text),
    err: (text: string) => void (said.err += text),
  }
  const status = await runUsage({ data, ...more }, io, nowMs)
  return { ...said, status }
}

test('a customer’s month is told beside a running Weir, with its peak, its forecast and what was not measured', async () => {
  const { out, status } = await run({ organization: 'org_1' })
  expect(status).toBe(0)
  expect(out).toContain("active users        1 so far; about 15 at the month's end (1 to 29)")
  expect(out).toContain('  at                2026-11-02T00:00:00Z')
  expect(out).toContain('requests            1,234 served')
  expect(out).toContain('bill, before tax    about 499.00 USD (499.00 USD to 499.00 USD)')
  expect(out).toContain('not measured        2 seconds')
  expect(out).toMatch(/^2026-11-02\s+1\s+1\s+1$/m)
})

test('JSON is what the API answers, and CSV runs no formula', async () => {
  const { out } = await run({ organization: 'org_1', json: true })
  expect(JSON.parse(out)).toMatchObject({ organization: 'org_1', mau: 1, peakConnections: { peak: 1 } })
  const ofApp = await run({ app: 'app_1', csv: true })
  expect(ofApp.out.split('\r\n')[1]).toBe(
    "2026-11-02T00:00:00Z,'=Search,1234,1234,0,0,0,0,0,0,1,2,1,2,1,2,yes",
  )
  expect((await run({ app: 'app_1' })).out).toMatch(/^2026-11-02\s+1,234\s+0\s+0\s+<= 2 ms\s+=Search$/m)
  expect((await run({ csv: true })).out).toBe(
    'organization,mau,peakConnections,peakAt,requests\r\norg_1,1,1,2026-11-02T00:00:00Z,1234\r\n',
  )
})

test.each([
  [{ organization: 'org_2' }, /there is no organization org_2/],
  [{ app: 'app_2' }, /there is no app app_2/],
  [{ data: join(data, 'elsewhere') }, /There is no database .*elsewhere/],
])('what is not there is said, and nothing is made: %o', async (settings, message) => {
  const { err, out, status } = await run(settings)
  expect([status, out]).toEqual([1, ''])
  expect(err).toMatch(message)
})
