import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type PrivatePostgres, startPrivatePostgres } from '../../../test/private-postgres.ts'
import { readContract } from '../../core/contract/read-contract.ts'
import { utcMonth } from '../../core/time/utc-month.ts'
import { addApp, setLimits } from '../../store/apps.ts'
import { emptyBatch } from '../../store/batch.ts'
import { addContractVersion } from '../../store/contracts.ts'
import { type Store, openStore } from '../../store/open-store.ts'
import { addOrganization } from '../../store/organizations.ts'
import { applyBatch } from '../../store/recording.ts'
import { addSubscription } from '../../store/subscriptions.ts'
import { userKey } from '../../store/user-key.ts'
import { createAgreements } from '../invoicing/agreement.ts'
import { addMember } from '../../store/members.ts'
import { createMails } from '../channels/mail.ts'
import { startMailServer } from '../../../test/mail-server.ts'
import { tellOfUsage } from '../usage/tell-usage.ts'
import { directUsageReader } from '../usage/usage-questions.ts'
import { reachedPercents } from '../usage/thresholds.ts'
import { startJobRunner } from './job-runner.ts'
import { type ToldAlert, type UsageAlertParts, usageAlertJob } from './usage-alerts.ts'

const yaml = readFileSync(new URL('../../../contracts/chat.yaml', import.meta.url), 'utf8')
  .replace('includes: { mau: 10000, connections: 500 }', 'includes: { mau: 10, connections: 5 }')
  .replace('includes: { mau: 50000, connections: 2500 }', 'includes: { mau: 100, connections: 50 }')
const read = readContract(yaml, 'contract.yaml', () => undefined)
if (!read.ok) throw new Error('the test’s contract has mistakes')
const { contract } = read

const startMs = Date.UTC(2026, 10, 1)
const directory = mkdtempSync(join(tmpdir(), 'weir-alerts-'))
let postgres: PrivatePostgres
beforeAll(async () => {
  postgres = await startPrivatePostgres()
})
afterAll(async () => {
  await postgres.stop()
  rmSync(directory, { recursive: true })
})

let made = 0
describe.each([
  ['SQLite', async () => openStore({ file: join(directory, `${made++}.db`) })],
  ['Postgres', async () => openStore({ url: await postgres.createDatabase() })],
])('%s: alerts of usage', (_, open) => {
  let store: Store
  let nowMs: number
  let sequence: number
  let told: ToldAlert[]
  beforeEach(async () => {
    store = await open()
    nowMs = Date.UTC(2026, 10, 10, 12)
    sequence = 0
    told = []
    const organization = { id: 'org_1', name: 'Acme', billing: {}, eligibility: undefined, createdMs: 1 }
    await addOrganization(store.db, organization)
    const app = { id: 'app_1', organizationId: 'org_1', name: 'app', createdMs: 1 }
    await addApp(store.db, { ...app, sealedSecret: Uint8Array.of(1) })
    const version = { yaml, documents: {}, source: 'file' as const, loadedMs: 1, pricesFromMs: 1 }
    await addContractVersion(store.db, version)
    await subscribe('start', startMs)
  })
  afterEach(async () => store.close())

  async function subscribe(plan: string, fromMs: number): Promise<void> {
    await addSubscription(store.db, {
      id: `sub_${plan}_${fromMs}`,
      organizationId: 'org_1',
      plan,
      supportPlan: 'developer',
      addOns: [],
      interval: 'monthly',
      fromMs,
      createdMs: fromMs,
      author: 'operator',
    })
  }

  async function see(users: number, requests = 0): Promise<void> {
    const names = Array.from({ length: users }, (_each, at) => userKey('app_1', `${at}`))
    const minute = { appId: 'app_1', endpoint: 'Search', platform: 'web', minuteMs: nowMs - (nowMs % 60_000) }
    const counts = [
      { ...minute, outcome: 'served' as const, count: requests, latency: [requests] },
      { ...minute, outcome: 'limited' as const, count: 10_000, latency: [10_000] },
    ]
    await applyBatch(store.db, {
      ...emptyBatch('node', ++sequence, nowMs),
      users: names.map(key => ({ appId: 'app_1', userKey: key, atMs: nowMs })),
      requests: requests > 0 ? counts : [],
    })
  }

  async function run(
    nodes = ['a'],
    tell: UsageAlertParts['tell'] = async (_trx, alerts) => void told.push(...alerts),
  ): Promise<string[]> {
    const errors: string[] = []
    const job = usageAlertJob({
      db: store.db,
      agreements: createAgreements(),
      reader: directUsageReader(store.db),
      contract: () => contract,
      tell,
    })
    const log = { warn: () => undefined, error: (facts: object) => errors.push(JSON.stringify(facts)) }
    const clocks = { clock: () => nowMs, realClock: () => nowMs }
    const runners = nodes.map(nodeId => startJobRunner({ db: store.db, jobs: [job], nodeId, ...clocks, log }))
    await Promise.all(runners.map(runner => runner.runDue()))
    await Promise.all(runners.map(runner => runner.stop()))
    return errors
  }

  const later = () => (nowMs += 15 * 60_000)
  const short = () => told.map(({ month, subject, percent, used }) => [month, subject, percent, used])

  test('each share is told once a month, by whatever node, and again in the next month', async () => {
    await see(4)
    await run()
    expect(short()).toEqual([])
    await see(5)
    later()
    await run(['a', 'b'])
    later()
    await run(['c'])
    expect(short()).toEqual([['2026-11', 'mau', 50, 5]])
    await see(10)
    later()
    await run()
    expect(short().slice(1)).toEqual([['2026-11', 'mau', 100, 10]])
    nowMs = Date.UTC(2026, 11, 3)
    await see(8)
    await run()
    expect(short().slice(2)).toEqual([['2026-12', 'mau', 80, 8]])
    expect(told[2]).toMatchObject({ organizationId: 'org_1', allowed: 10, atMs: nowMs })
  })

  test('what was reached in a month’s last minutes is still told as that month’s', async () => {
    nowMs = Date.UTC(2026, 11, 1) - 1000
    await see(9)
    nowMs = Date.UTC(2026, 11, 1, 0, 5)
    await run()
    expect(short()).toEqual([['2026-11', 'mau', 80, 9]])
    expect(utcMonth(told[0]!.atMs)).toBe('2026-12')
  })

  test('an app’s busiest minute is held against its limit, without what was turned away', async () => {
    await setLimits(store.db, 'app_1', { app: { Search: 100 } })
    await see(1, 80)
    nowMs += 60_000
    await run()
    expect(told).toMatchObject([
      {
        subject: 'requests-per-minute:app_1:Search:web',
        percent: 80,
        used: 80,
        allowed: 100,
        appId: 'app_1',
      },
    ])
  })

  test('an alert that could not be passed on is not taken for told', async () => {
    await see(5)
    const errors = await run(['a'], async () => {
      throw new Error('no room')
    })
    expect(errors).toHaveLength(1)
    nowMs += 60_000
    await run()
    expect(short()).toEqual([['2026-11', 'mau', 50, 5]])
  })

  test('alerts are an event each, and one mail for all of them to each of the customer’s admins, over two nodes', async () => {
    const server = await startMailServer()
    const smtpUrl = `smtp://127.0.0.1:${server.port}`
    const mails = createMails({ smtpUrl, from: 'weir@example.com', log: { warn: () => undefined } })
    for (const [name, role] of [
      ['ada', 'customer-admin'],
      ['bob', 'customer-admin'],
      ['cid', 'customer-developer'],
    ] as const) {
      const email = `${name}@acme.example`
      const member = { id: `mem_${name}`, name, email, role, organizationId: 'org_1', createdMs: 1 }
      await addMember(store.db, { ...member, tokenHash: name })
    }
    await setLimits(store.db, 'app_1', { app: { Search: 100 } })
    await see(8, 50)
    nowMs += 60_000
    expect(await run(['a', 'b'], tellOfUsage(mails))).toEqual([])
    later()
    expect(await run(['a', 'b'], tellOfUsage(mails))).toEqual([])
    const events = await store.db.selectFrom('events').selectAll().execute()
    expect(events.map(({ type, organization }) => [type, organization])).toEqual([
      ['usage.threshold', 'org_1'],
      ['usage.threshold', 'org_1'],
    ])
    expect(new Set(events.map(({ data }) => JSON.parse(data).percent))).toEqual(new Set([50, 80]))
    const rows = await store.db.selectFrom('deliveries').select(['id', 'mail']).execute()
    for (const { id, mail } of rows) await mails.send(id, JSON.parse(mail ?? ''))
    const [ada, bob] = ['ada@acme.example', 'bob@acme.example']
    expect(server.mails.map(({ to }) => `${to[0]}`).toSorted()).toEqual([ada, bob])
    const sent = rows.map(({ mail }) => JSON.parse(mail ?? '') as { subject: string; text: string })
    expect(new Set(sent.map(({ subject }) => subject))).toEqual(
      new Set(['Acme: 2 shares of what is allowed reached in 2026-11']),
    )
    expect(sent[0]?.text).toContain(
      '- In 2026-11 Acme has reached 80 % of the users that its plan includes: 8 of 10.',
    )
    expect(sent[0]?.text).toContain('50 % of its limit of Search on web: 50 of 100 requests a minute.')
    mails.close()
    await server.close()
  })

  test('after a bigger plan each share of it is told once, and nothing of what the smaller one included', async () => {
    await see(10)
    await run()
    await subscribe('growth', nowMs)
    later()
    await run()
    expect(short()).toEqual([['2026-11', 'mau', 100, 10]])
    // 10 of a month's first 9.5 days and 100 of the rest are 72 on average.
    await see(60)
    later()
    await run(['a', 'b'])
    later()
    await run(['c'])
    await see(72)
    later()
    await run()
    later()
    await run()
    expect(short().slice(1)).toEqual([
      ['2026-11', 'mau', 80, 60],
      ['2026-11', 'mau', 100, 72],
    ])
    expect(told.map(({ allowed }) => allowed)).toEqual([10, 72, 72])
  })

  test('a limit that is lowered and raised again tells nothing anew', async () => {
    for (const [limit, count] of [
      [200, 100],
      [100, 100],
      [200, 100],
      [400, 200],
    ] as const) {
      await setLimits(store.db, 'app_1', { app: { Search: limit } })
      await see(1, count)
      nowMs += 15 * 60_000
      await run()
    }
    expect(told.map(({ percent, used, allowed }) => [percent, used, allowed])).toEqual([
      [50, 100, 200],
      [100, 100, 100],
      [50, 200, 400],
    ])
  })
})

test('shares are whole numbers: 8,000 of 10,000 is 80 %, and one less is not', () => {
  expect(reachedPercents({ used: 8000, allowed: 10_000 })).toEqual([50, 80])
  expect(reachedPercents({ used: 7999, allowed: 10_000 })).toEqual([50])
  expect(reachedPercents({ used: 1, allowed: 0 })).toEqual([50, 80, 100])
  expect(reachedPercents({ used: 0, allowed: 0 })).toEqual([])
})
