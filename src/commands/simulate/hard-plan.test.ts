import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addTerms } from '../../store/terms.ts'
import { at, chatYaml, openTestStore } from './test-store.ts'

let test: Awaited<ReturnType<typeof openTestStore>>
const tenthMs = at('2026-10-10T12:00:00')
const declared = { members: 3, monthlyRevenue: '10.00', funding: '0.00' }
const seconds = (from: number, to: number) => [tenthMs + from * 1000, tenthMs + to * 1000] as const

beforeAll(async () => {
  test = await openTestStore()
  await test.customer('grown', 'start', { ...declared, members: 6 })
  await test.recordUsers('app_grown', 12_500, tenthMs)
  // 700 at once; then, when all have gone, 50 more.
  const crowd = Array.from({ length: 700 }, (_, place) => seconds(place, 1000))
  await test.recordConnections('app_grown', [
    ...crowd,
    ...Array.from({ length: 50 }, () => seconds(1000, 1001)),
  ])
})
afterAll(async () => test.close())

interface Shown {
  readonly name: string
  readonly hardPlan: object | null
  readonly mayNotHold: readonly string[]
}

async function shown(more: Parameters<typeof test.simulate>[0]): Promise<Shown[]> {
  const { out, err } = await test.simulate({ ...more, json: true })
  expect(err).toBe('')
  return (JSON.parse(out) as { customers: Shown[] }).customers
}

describe('weir simulate under a plan without overage', () => {
  it('counts the users and the connections that it would have refused', async () => {
    expect(await shown({ plan: 'maker' })).toMatchObject([
      {
        after: { subtotal: '0.00' },
        hardPlan: {
          plan: 'maker',
          included: { mau: 2000, connections: 100 },
          users: 12_500,
          usersRefused: 10_500,
          connections: 750,
          connectionsRefused: 600,
          firstRefusedMs: tenthMs + 100_000,
        },
      },
    ])
    expect(await shown({})).toMatchObject([{ hardPlan: null, mayNotHold: [] }])
  })

  it('says so to people and in the table', async () => {
    const out = (await test.simulate({ plan: 'maker' })).out.replaceAll(/\s+/g, ' ')
    expect(out).toContain(
      '- grown: 10,500 of 12,500 users would have been refused: the plan maker has no overage and includes 2,000 a month.',
    )
    expect(out).toContain(
      '- grown: 600 of 750 connections would have been refused: the plan maker has no overage, and as many as it ' +
        'includes at once, 100, were open; the first at 2026-10-10T12:01:40Z.',
    )
    expect(out).not.toContain('Nobody')
    const [header = '', row = ''] = (await test.simulate({ plan: 'maker', csv: true })).out.split('\r\n')
    expect(header).toMatch(/,usersRefused,connectionsRefused,mayNotHold,recordedUntil$/)
    expect(row).toMatch(/,10500,600,6 members; at most 5 may be: does not hold\./)
    expect((await test.simulate({ csv: true })).out.split('\r\n')[1]).toMatch(/,0,0,,$/)
  })

  it('takes a plan that becomes hard under another contract, with what was negotiated', async () => {
    const hard = '{ mau: 10000, connections: 500 }\n    overage: none'
    const yaml = chatYaml.replace(/\{ mau: 10000, connections: 500 \}\n +overage: .*/, hard)
    expect(await shown({ yaml })).toMatchObject([
      { hardPlan: { plan: 'start', usersRefused: 2500, connectionsRefused: 200 } },
    ])
    const terms = { includes: { mau: 12_000, connections: 700 } }
    const from = {
      organizationId: 'grown',
      fromMs: at('2026-09-01T00:00:00'),
      createdMs: 0,
      contractVersion: 1,
    }
    await addTerms(test.db, { ...from, id: 'trm_1', said: terms, terms })
    expect(await shown({ yaml })).toMatchObject([{ hardPlan: { usersRefused: 500, connectionsRefused: 0 } }])
  })
})

describe('who may hold the plan', () => {
  it('is told by what was declared', async () => {
    expect(await shown({ plan: 'maker' })).toMatchObject([
      { mayNotHold: expect.arrayContaining(['6 members; at most 5 may be: does not hold.']) },
    ])
    const out = (await test.simulate({ plan: 'maker' })).out.replaceAll(/\s+/g, ' ')
    expect(out).toContain(
      'Who may not hold the plan - grown may not hold the plan maker: 6 members; at most 5',
    )
  })

  it('is told by the seats: who holds one keeps it, what is left goes in the order of the customers', async () => {
    for (const id of ['one', 'three', 'two']) {
      await test.customer(id, id === 'three' ? 'maker' : 'start', declared)
    }
    const customers = await shown({ plan: 'maker', yaml: chatYaml.replace('seats: 1000', 'seats: 2') })
    expect(customers.slice(1).map(({ name, mayNotHold }) => [name, mayNotHold])).toEqual([
      ['one', []],
      ['three', []],
      ['two', ['The plan has 2 seats, and there is none left.']],
    ])
  })
})
