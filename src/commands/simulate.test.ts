import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addApp, setLimits } from '../store/apps.ts'
import { emptyBatch, type TimedRequests } from '../store/batch.ts'
import { addContractVersion } from '../store/contracts.ts'
import { lockDataDirectory } from '../store/data-lock.ts'
import { type Store, openStore } from '../store/open-store.ts'
import { addOrganization } from '../store/organizations.ts'
import { applyBatch } from '../store/recording.ts'
import { addSubscription } from '../store/subscriptions.ts'
import { userKey } from '../store/user-key.ts'
import { runSimulate, type SimulateSettings } from './simulate.ts'

const data = mkdtempSync(join(tmpdir(), 'weir-simulate-'))
const chatFile = 'contracts/chat.yaml'
const chatYaml = readFileSync(chatFile, 'utf8')
const at = (text: string) => Date.parse(`${text}Z`)
const nowMs = at('2026-11-05T00:00:00')
let store: Store
// As a running Weir holds it: its lock taken, its connection open, its log not yet written back.
let lock: ReturnType<typeof lockDataDirectory>

beforeAll(async () => {
  lock = lockDataDirectory(data)
  store = await openStore({ file: join(data, 'weir.db') })
  const version = { yaml: chatYaml, documents: {}, source: 'file' as const }
  await addContractVersion(store.db, { ...version, loadedMs: 0, pricesFromMs: 0 })
  await customer('acme', 'start', 'developer')
  await customer('=umbrella', 'maker', 'developer')
  await recordAcme()
})
afterAll(async () => {
  await store.close()
  lock.release()
  rmSync(data, { recursive: true })
})

async function customer(id: string, plan: string, supportPlan: string): Promise<void> {
  const createdMs = at('2026-01-01T00:00:00')
  await addOrganization(store.db, { id, name: id, billing: {}, eligibility: undefined, createdMs })
  const held = {
    id: `sub_${id}`,
    organizationId: id,
    plan,
    supportPlan,
    addOns: [],
    interval: 'monthly' as const,
  }
  await addSubscription(store.db, { ...held, fromMs: createdMs, createdMs, author: 'operator' })
  await addApp(store.db, {
    id: `app_${id}`,
    organizationId: id,
    name: 'main',
    sealedSecret: new Uint8Array(1),
    createdMs,
  })
}

function requests(
  endpoint: string,
  minute: string,
  outcome: TimedRequests['outcome'],
  count: number,
): TimedRequests {
  return {
    appId: 'app_acme',
    endpoint,
    platform: 'web',
    outcome,
    minuteMs: at(minute),
    count,
    latency: [count],
  }
}

/** 12,000 users, a peak of 3 connections, and three busy minutes. */
async function recordAcme(): Promise<void> {
  const atMs = at('2026-10-10T12:00:00')
  const seen = (month: string, count: number) =>
    Array.from({ length: count }, (_, user) => ({
      appId: 'app_acme',
      userKey: userKey('app_acme', `user ${user}`),
      atMs: at(`2026-${month}-10T12:00:00`),
    }))
  const opened = ['a', 'b', 'c'].map(id => ({
    id,
    appId: 'app_acme',
    userKey: undefined,
    platform: 'web',
    endpoint: 'Connect',
    atMs,
  }))
  await applyBatch(store.db, {
    ...emptyBatch('node', 1, atMs),
    users: [...seen('10', 12_000), ...seen('09', 5)],
    opened,
    closed: opened.map(({ id }) => ({ id, atMs: atMs + 1000 })),
    requests: [
      requests('Search', '2026-10-10T12:00:00', 'served', 280),
      requests('Search', '2026-10-10T12:00:00', 'failed', 20),
      requests('Search', '2026-10-10T12:00:00', 'limited', 40),
      requests('Search', '2026-10-31T23:59:00', 'served', 160),
      requests('Search', '2026-11-01T00:00:00', 'served', 300),
      requests('GetApp', '2026-10-10T12:00:00', 'served', 900),
      requests('GetApp', '2026-10-10T12:00:00', 'refused', 900),
    ],
  })
}

async function simulate(more: Partial<SimulateSettings> & { yaml?: string } = {}) {
  const { yaml, ...settings } = more
  const contract = yaml === undefined ? chatFile : join(data, 'new.yaml')
  if (yaml !== undefined) writeFileSync(contract, yaml)
  const said = { out: '', err: '' }
  const io = { out: (text: string) => (said.out += text), err: (text: string) => (said.err += text) }
  const status = await runSimulate({ contract, month: '2026-10', data, ...settings }, io, nowMs)
  return { status, ...said }
}

interface Shown {
  customers: {
    name: string
    usage: object
    before: { subtotal: string; lines: { amount: string }[] }
    after: { subtotal: string; lines: { amount: string }[] } | null
    difference: string | null
    unpriced: string | null
    planAfter: string
    limits: {
      refusedAtLeast: number
      minutes: number
      passedAtMost: number
      places: object[]
      toEndpointsGone: number
    }[]
  }[]
  breakEvens: { one: string; other: string; unit: string; stretches: object[] }[]
}

async function shown(more: Parameters<typeof simulate>[0] = {}): Promise<Shown> {
  const { status, out, err } = await simulate({ ...more, json: true })
  expect({ status, err }).toEqual({ status: 0, err: '' })
  return JSON.parse(out)
}

describe('weir simulate, beside a Weir that runs', () => {
  it('finds every bill as it was under the same contract, and nobody limited', async () => {
    const { customers } = await shown()
    expect(
      customers.map(({ name, before, after, difference }) => [
        name,
        before.subtotal,
        after?.subtotal,
        difference,
      ]),
    ).toEqual([
      ['=umbrella', '0.00', '0.00', '0.00'],
      ['acme', '679.00', '679.00', '0.00'],
    ])
    expect(customers[1]?.usage).toEqual({ mau: 12_000, connections: 3 })
    for (const { before, after } of customers) {
      expect(after?.lines.map(({ amount }) => amount)).toEqual(before.lines.map(({ amount }) => amount))
    }
    expect(customers[1]?.limits).toMatchObject([{ refusedAtLeast: 0, minutes: 0, passedAtMost: 0 }])
  })

  it('prices another contract, and counts what its limits would have refused in the month alone', async () => {
    const yaml = chatYaml.replace('mau: "0.09"', 'mau: "0.05"').replace('Search: 300', 'Search: 150')
    const { customers } = await shown({ yaml })
    // 499.00 + 2,000 x 0.05; 300 - 150 in the first minute and 160 - 150 in the last one of the month.
    expect(customers[1]).toMatchObject({ after: { subtotal: '599.00' }, difference: '-80.00' })
    expect(customers[1]?.limits).toMatchObject([
      {
        refusedAtLeast: 160,
        minutes: 2,
        places: [{ endpoint: 'Search', platform: 'web', limit: 150, busiest: { admitted: 300 } }],
      },
    ])
  })

  it('says how many that were refused there would have been room for', async () => {
    const { customers } = await shown({ yaml: chatYaml.replace('Search: 300', 'Search: 330') })
    expect(customers[1]?.limits).toMatchObject([{ refusedAtLeast: 0, passedAtMost: 30 }])
  })

  it('keeps an app’s own limits, whatever the contract says', async () => {
    await setLimits(store.db, 'app_acme', { app: { Search: 1000 } })
    const { customers } = await shown({ yaml: chatYaml.replace('Search: 300', 'Search: 150') })
    expect(customers[1]?.limits).toMatchObject([{ refusedAtLeast: 0 }])
    await setLimits(store.db, 'app_acme', {})
  })

  it('prices one customer under another plan, with its limits', async () => {
    const { customers } = await shown({ plan: 'enterprise', organization: 'acme' })
    expect(customers).toMatchObject([
      { planAfter: 'enterprise', after: { subtotal: '10000.00' }, difference: '9321.00' },
    ])
  })

  it('has no price where the contract drops the plan, and says why', async () => {
    const { customers } = await shown({
      yaml: chatYaml.replace('  maker:', '  hobby:').replace('  GetApp: GET /app\n', ''),
    })
    expect(customers[0]).toMatchObject({
      after: null,
      difference: null,
      unpriced: 'the contract has no plan maker, which it holds',
    })
    expect(customers[1]?.limits).toMatchObject([{ toEndpointsGone: 900 }])
  })

  it('tells where one plan becomes cheaper than the next', async () => {
    const { breakEvens } = await shown()
    expect(breakEvens.map(({ one, other, unit }) => `${one} ${other} ${unit}`)).toContain('start growth mau')
    // start 499.00 + 0.09 above 10,000; growth 1299.00 with 500.00 of support: 1300.00 / 0.09 = 14,444.4 above 10,000.
    expect(breakEvens.find(({ one, unit }) => one === 'start' && unit === 'mau')?.stretches).toEqual([
      { from: 0, to: 24_444, cheaper: 'start', serves: true, equalAt: null },
      { from: 24_445, to: null, cheaper: 'growth', serves: true, equalAt: '24444.444444' },
    ])
  })

  it('is read by people with what the figures cannot say, and by spreadsheets without formulas', async () => {
    const yaml = chatYaml.replace('Search: 300', 'Search: 150')
    const { out } = await simulate({ yaml })
    expect(out).toContain('acme       start  12,000            3  679.00 USD  679.00 USD       +0.00')
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      'acme, main: Search on web, 150 a minute: at least 160 refused in 2 minutes; the busiest had 300 (2026-10-10T12:00:00Z).',
    )
    expect(out.replaceAll(/\s+/g, ' ')).toContain('without users and seconds')
    const csv = (await simulate({ yaml, csv: true })).out.split('\r\n')
    expect(csv[1]).toBe("2026-10,'=umbrella,'=umbrella,maker,maker,0,0,USD,0.00,USD,0.00,0.00,0,0,0,")
    expect(csv[2]).toBe('2026-10,acme,acme,start,start,12000,3,USD,679.00,USD,679.00,0.00,160,2,0,')
  })

  it('says what is wrong: the contract, the plan, the customer, the place', async () => {
    expect(await simulate({ yaml: 'weir: 1' })).toMatchObject({
      status: 1,
      err: expect.stringContaining('mistakes'),
    })
    expect((await simulate({ plan: 'begin' })).err).toBe(
      'weir simulate: the contract has no plan "begin"; there is maker, start, growth or enterprise\n',
    )
    expect((await simulate({ organization: 'nobody' })).err).toContain('there is no organization "nobody"')
    const nowhere = join(data, 'nowhere')
    expect(await simulate({ data: nowhere })).toMatchObject({
      status: 1,
      err: `weir simulate: There is no database ${join(nowhere, 'weir.db')}.\n`,
    })
  })
})
