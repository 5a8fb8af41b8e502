import { afterEach, beforeEach, expect, test } from 'vitest'
import { addCustomer, addMember, type Control, startControl } from './test-control.ts'

let control: Control
let id: string
let customer: Awaited<ReturnType<typeof addCustomer>>
beforeEach(async () => {
  control = await startControl()
  customer = await addCustomer(control, 'Acme', 'start')
  id = customer.organizationId
})
afterEach(async () => control.close())

interface Decided {
  plan: string
  state: string
  from: string
  until: string | null
  author: string | null
  authorName: string | null
  decidedAt: string
  supersededAt: string | null
}

async function history(as: ReturnType<Control['as']>): Promise<Decided[]> {
  const answer = await as<{ items: Decided[] }>('GET', `/api/organizations/${id}/subscriptions`)
  expect(answer.status).toBe(200)
  return answer.body.items
}

/** Growth on the eleventh by a member, from the tenth at eighteen instead; start again from December, then from January. */
async function decideMuch(): Promise<string> {
  const finance = await addMember(control, 'finance')
  const path = `/api/organizations/${id}/subscription`
  const choose = async (at: string, body: unknown) => {
    control.time.nowMs = Date.parse(at)
    expect((await control.as(finance.token)('PUT', path, body)).status).toBe(200)
  }
  await choose('2026-11-11T00:00:00Z', { plan: 'growth' })
  await choose('2026-11-12T00:00:00Z', { plan: 'growth', from: '2026-11-10T18:00:00Z' })
  await choose('2026-11-13T00:00:00Z', { plan: 'start' })
  await choose('2026-11-14T00:00:00Z', { plan: 'start', from: '2027-01-01T00:00:00Z' })
  await choose('2026-11-15T00:00:00Z', { plan: 'enterprise', from: '2026-12-15T00:00:00Z' })
  return finance.id
}

test('every decision is kept, with when and by whom, also what never came to hold', async () => {
  const finance = await decideMuch()
  const line = ({ plan, state, from, until, author, decidedAt, supersededAt }: Decided) =>
    [plan, state, from, until, author, decidedAt, supersededAt].map(each =>
      each?.replace('T00:00:00.000Z', ''),
    )
  expect((await history(control.operator)).map(line)).toEqual([
    [
      'start',
      'past',
      '2026-11-10T12:00:00.000Z',
      '2026-11-10T18:00:00.000Z',
      'operator',
      '2026-11-10T12:00:00.000Z',
      undefined,
    ],
    ['growth', 'current', '2026-11-10T18:00:00.000Z', '2026-12-01', finance, '2026-11-12', undefined],
    ['growth', 'superseded', '2026-11-11', undefined, finance, '2026-11-11', '2026-11-12'],
    ['start', 'scheduled', '2026-12-01', '2026-12-15', finance, '2026-11-13', undefined],
    ['enterprise', 'scheduled', '2026-12-15', undefined, finance, '2026-11-15', undefined],
    ['start', 'superseded', '2027-01-01', undefined, finance, '2026-11-14', '2026-11-15'],
  ])
})

test('the customer’s own members read it too, with names and no ids of people', async () => {
  const finance = await decideMuch()
  for (const { token } of [customer.admin, customer.developer]) {
    const items = await history(control.as(token))
    expect(items).toHaveLength(6)
    expect(items[1]).toMatchObject({ plan: 'growth', author: null, authorName: 'finance' })
    expect(JSON.stringify(items)).not.toContain(finance)
  }
})

test('who has left holds nothing any more, up to the instant', async () => {
  const leaving = { at: '2026-11-20T00:00:00Z', reason: 'Notice' }
  await control.operator('PUT', `/api/organizations/${id}/leaving`, leaving)
  const until = '2026-11-20T00:00:00.000Z'
  expect(await history(control.operator)).toMatchObject([{ state: 'current', until }])
  control.time.nowMs = Date.parse(until)
  expect(await history(control.operator)).toMatchObject([{ state: 'past', until }])
})
