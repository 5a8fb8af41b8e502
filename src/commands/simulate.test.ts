import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { setLimits } from '../store/apps.ts'
import { emptyBatch, type TimedRequests } from '../store/batch.ts'
import { setLeaving } from '../store/leavings.ts'
import { applyBatch } from '../store/recording.ts'
import { at, chatYaml, openTestStore } from './simulate/test-store.ts'

let test: Awaited<ReturnType<typeof openTestStore>>
const declared = { members: 5, monthlyRevenue: '0.00', funding: '0.00' }

beforeAll(async () => {
  test = await openTestStore()
  await test.customer('acme', 'start')
  await test.customer('=umbrella', 'maker', declared)
  await recordAcme()
})
afterAll(async () => test.close())

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
  await test.recordUsers('app_acme', 12_000, atMs)
  await test.recordUsers('app_acme', 5, at('2026-09-10T12:00:00'))
  await test.recordConnections('app_acme', [
    [atMs, atMs + 1000],
    [atMs, atMs + 1000],
    [atMs, atMs + 1000],
  ])
  await applyBatch(test.db, {
    ...emptyBatch('node', 1, atMs),
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

async function shown(more: Parameters<typeof test.simulate>[0] = {}): Promise<Shown> {
  const { status, out, err } = await test.simulate({ ...more, json: true })
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
    await setLimits(test.db, 'app_acme', { app: { Search: 1000 } })
    const { customers } = await shown({ yaml: chatYaml.replace('Search: 300', 'Search: 150') })
    expect(customers[1]?.limits).toMatchObject([{ refusedAtLeast: 0 }])
    await setLimits(test.db, 'app_acme', {})
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

  it('has no bill of a customer that had left before the month', async () => {
    const left = { atMs: at('2026-10-01T00:00:00'), reason: 'too dear', author: 'operator' }
    await setLeaving(test.db, 'acme', left)
    expect((await shown()).customers.map(({ name }) => name)).toEqual(['=umbrella'])
    await setLeaving(test.db, 'acme', { ...left, atMs: at('2026-10-16T12:00:00') })
    expect((await shown()).customers[1]?.before.lines[0]).toMatchObject({ amount: '249.50' })
    await setLeaving(test.db, 'acme', undefined)
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
    const { out } = await test.simulate({ yaml })
    expect(out).toContain('acme       start  12,000            3  679.00 USD  679.00 USD   +0.00 USD')
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      'acme, main: Search on web, 150 a minute: at least 160 refused in 2 minutes; the busiest had 300 (2026-10-10T12:00:00Z).',
    )
    expect(out.replaceAll(/\s+/g, ' ')).toContain('without users and seconds')
    const csv = (await test.simulate({ yaml, csv: true })).out.split('\r\n')
    expect(csv[1]).toBe("2026-10,'=umbrella,'=umbrella,maker,maker,0,0,USD,0.00,USD,0.00,0.00,0,0,0,,0,0,,")
    expect(csv[2]).toBe('2026-10,acme,acme,start,start,12000,3,USD,679.00,USD,679.00,0.00,160,2,0,,0,0,,')
  })

  it('prices a plan under the contract in force, where no other is given', async () => {
    const inForce = await shown({ plan: 'enterprise', contract: undefined })
    expect(inForce).toEqual(await shown({ plan: 'enterprise' }))
    expect((await test.simulate({ contract: undefined })).err).toBe(
      'weir simulate: what is to be priced? Name a contract with --contract FILE, a plan of the contract in force with ' +
        '--plan NAME, or both\n',
    )
  })

  it('says of the running month that it is not over, and has nothing of one that has not begun', async () => {
    const running = (await test.simulate({ month: '2026-11' })).out
    expect(running).toMatch(/^What 2026-11 would have cost so far\n/)
    expect(running.replaceAll(/\s+/g, ' ')).toContain(
      '2026-11 is not over: usage is what was recorded until 2026-11-05T00:00:00Z, fees are those of the whole month.',
    )
    expect(await shown({ month: '2026-11' })).toMatchObject({ recordedUntil: '2026-11-05T00:00:00Z' })
    expect((await test.simulate({ month: '2026-11', csv: true })).out).toContain(',2026-11-05T00:00:00Z\r\n')
    expect((await test.simulate()).out).not.toContain('so far')
    expect(await shown()).toMatchObject({ recordedUntil: null })
    expect(await test.simulate({ month: '2026-12' })).toEqual({
      status: 1,
      out: '',
      err: 'weir simulate: 2026-12 has not begun (UTC), so nothing is recorded of it; --month may be 2026-11 or earlier\n',
    })
    const first = at('2026-12-01T00:00:00')
    expect((await test.simulate({ month: '2026-12', atMs: first })).status).toBe(0)
  })

  it('writes differences as it writes amounts', async () => {
    const { out } = await test.simulate({ plan: 'enterprise', organization: 'acme' })
    expect(out).toContain(' 10,000.00 USD  +9,321.00 USD')
  })

  it('says what is wrong: the contract, the plan, the customer, the place', async () => {
    expect(await test.simulate({ yaml: 'weir: 1' })).toMatchObject({
      status: 1,
      err: expect.stringContaining('mistakes'),
    })
    expect((await test.simulate({ plan: 'begin' })).err).toBe(
      'weir simulate: the contract has no plan "begin"; there is maker, start, growth or enterprise\n',
    )
    expect((await test.simulate({ organization: 'nobody' })).err).toContain(
      'there is no organization "nobody"',
    )
    const nowhere = join(test.data, 'nowhere')
    expect(await test.simulate({ data: nowhere })).toMatchObject({
      status: 1,
      err: `weir simulate: There is no database ${join(nowhere, 'weir.db')}.\n`,
    })
  })
})
