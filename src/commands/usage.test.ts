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
  await addOrganization(db, { id: 'org_2', name: '=Q', billing: {}, eligibility: undefined, createdMs: 2 })
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

async function run(
  more: Partial<UsageSettings>,
  realMs = nowMs,
): Promise<{ out: string; err: string; status: number }> {
  const said = { out: '', err: '' }
  const io = {
    out: (text: string) => void (said.out += text),
    err: (text: string) => void (said.err += text),
  }
  const status = await runUsage({ data, ...more }, io, realMs)
  return { ...said, status }
}

test('a customer’s month is told beside a running Weir, with its peak, its forecast and what was not measured', async () => {
  const { out, err, status } = await run({ organization: 'org_1' })
  expect([status, err]).toEqual([0, ''])
  expect(out).toContain("active users        1 so far; about 15 at the month's end (1 to 29)")
  expect(out).toContain('  at                2026-11-02T00:00:00Z')
  expect(out).toContain('  by app            1 Acme for iOS')
  expect(out).toContain('requests            1,234 served')
  expect(out).toContain('bill, before tax    about 499.00 USD (499.00 USD to 499.00 USD)')
  expect(out).toContain('not measured        2 seconds')
  expect(out).toMatch(/^Acme for iOS {2}app_1 {2,}1 {2,}1 {2}2026-11-02T00:00:00Z {2,}1,234$/m)
  expect(out).toMatch(/^2026-11-02\s+1\s+1\s+1$/m)
  const apps = await run({ organization: 'org_1', by: 'app' })
  expect(apps.out).toContain('app_1')
  expect(apps.out).not.toMatch(/^2026-11-02/m)
})

test('an app’s month is told by day and by endpoint, or by one of them', async () => {
  const { out } = await run({ app: 'app_1' })
  expect(out).toContain('Acme for iOS, 2026-11\n\nactive users        1\npeak connections    1\n')
  expect(out).toMatch(/^2026-11-02\s+1\s+1\s+1$/m)
  expect(out).toMatch(/^2026-11-02 {2}=Search {2,}1,234\s+0\s+0\s+<= 2 ms$/m)
  expect((await run({ app: 'app_1', by: 'day' })).out).not.toContain('=Search')
  expect((await run({ app: 'app_1', by: 'endpoint' })).out).not.toContain('active users')
})

test('every customer is a line, by name, in columns that stand below each other', async () => {
  expect((await run({})).out).toBe(`2026-11

customer  id     active users  peak connections                    at  requests
Acme      org_1             1                 1  2026-11-02T00:00:00Z     1,234
=Q        org_2             0                 0                               0
`)
  expect((await run({ csv: true })).out).toBe(
    'organization,name,mau,peakConnections,peakAt,reconnectOverlap,requests\r\n' +
      "org_1,Acme,1,1,2026-11-02T00:00:00Z,0,1234\r\norg_2,'=Q,0,0,,0,0\r\n",
  )
})

test.each([
  ['behind the records, as of a test’s clock that is ahead', Date.UTC(2026, 3, 3)],
  ['long past the records, as of a test’s clock that is behind', Date.UTC(2027, 3, 3)],
])('a real clock that is %s gives way to them, with a word', async (_, realMs) => {
  const { out, err, status } = await run({ organization: 'org_1' }, realMs)
  expect(status).toBe(0)
  expect(out).toBe((await run({ organization: 'org_1' })).out)
  expect(err).toBe('weir usage: the newest record is of 2026-11-03T12:00:00Z, which is taken for now.\n')
  const asked = await run({ organization: 'org_1', month: '2026-11' }, realMs)
  expect(asked.out).toBe(out)
})

test('a store without records goes by the real clock', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'weir-usage-'))
  const made = await openStore({ file: join(empty, 'weir.db') })
  const yaml = readFileSync(new URL('../../contracts/chat.yaml', import.meta.url), 'utf8')
  await addContractVersion(made.db, { yaml, documents: {}, source: 'file', loadedMs: 1, pricesFromMs: 1 })
  await made.close()
  const { out, err } = await run({ data: empty })
  expect([out.split('\n')[0], err]).toEqual(['2026-11', ''])
  rmSync(empty, { recursive: true })
})

test('JSON is what the API answers, and CSV runs no formula', async () => {
  const { out } = await run({ organization: 'org_1', json: true })
  expect(JSON.parse(out)).toMatchObject({ organization: 'org_1', mau: 1, peakConnections: { peak: 1 } })
  const ofApp = await run({ app: 'app_1', json: true })
  expect(JSON.parse(ofApp.out)).toMatchObject({ app: 'app_1', mau: 1, peakConnections: { peak: 1 } })
  const days = 'date,newUsers,mau,peakConnections,peakAt,reconnectOverlap'
  expect((await run({ app: 'app_1', csv: true })).out.split('\r\n').slice(0, 3)).toEqual([
    days,
    '2026-11-01,0,0,0,,0',
    '2026-11-02,1,1,1,2026-11-02T00:00:00Z,0',
  ])
  const byEndpoint = await run({ app: 'app_1', by: 'endpoint', csv: true })
  expect(byEndpoint.out.split('\r\n')[1]).toBe(
    "2026-11-02T00:00:00Z,'=Search,1234,1234,0,0,0,0,0,0,1,2,1,2,1,2,yes",
  )
  const byApp = await run({ organization: 'org_1', by: 'app', csv: true })
  expect(byApp.out.split('\r\n')[1]).toBe('app_1,Acme for iOS,1,1,2026-11-02T00:00:00Z,0,1234')
})

test.each([
  [{ organization: 'org_3' }, /there is no organization org_3/],
  [{ app: 'app_2' }, /there is no app app_2/],
  [{ by: 'app' as const }, /--by app is for --organization: name one/],
  [{ organization: 'org_1', by: 'endpoint' as const }, /--by endpoint is for --app: name one/],
  [{ by: 'day' as const }, /--by day is for --organization and --app: name one/],
  [{ data: join(data, 'elsewhere') }, /There is no database .*elsewhere/],
])('what is not there is said, and nothing is made: %o', async (settings, message) => {
  const { err, out, status } = await run(settings)
  expect([status, out]).toEqual([1, ''])
  expect(err).toMatch(message)
})
