import { afterEach, beforeEach, expect, test } from 'vitest'
import { listenedTypes } from '../../store/event-types.ts'
import { closeMonthJob } from '../invoicing/close-month.ts'
import { startJobRunner } from '../jobs/job-runner.ts'
import { overdueJob } from '../jobs/overdue-invoices.ts'
import { addCustomer, chatYaml, type Control, startControl } from './test-control.ts'

let control: Control
let customer: Awaited<ReturnType<typeof addCustomer>>
let id: string
beforeEach(async () => {
  control = await startControl()
  customer = await addCustomer(control, 'Acme', 'start')
  id = customer.organizationId
})
afterEach(async () => control.close())

const send = async (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  control.operator<{ id: string }>(method, path, body, headers)
const post = async (path: string, body?: unknown, headers?: Record<string, string>) =>
  send('POST', path, body, headers)

/** What was told, oldest first, in short. */
async function told(): Promise<
  { type: string; organization: string | null; data: Record<string, unknown> }[]
> {
  const rows = await control.deps.store.db.selectFrom('events').selectAll().orderBy('at_ms').execute()
  return rows.map(({ type, organization, data }) => ({ type, organization, data: JSON.parse(data) }))
}
const types = async () => (await told()).map(({ type }) => type)

async function work(until: string): Promise<void> {
  control.time.nowMs = Date.parse(until)
  const { agreements, store, clock, mails, usage, evidenceKey } = control.deps
  const runner = startJobRunner({
    db: store.db,
    jobs: [
      closeMonthJob({ db: store.db, mails, agreements, usage, testClock: false, evidenceKey }),
      overdueJob(mails),
    ],
    nodeId: 'node_1',
    clock,
    realClock: clock,
    log: { warn: facts => expect(facts).toBeUndefined(), error: facts => expect(facts).toBeUndefined() },
  })
  await runner.runDue()
  await runner.stop()
}

async function novemberInvoice(): Promise<string> {
  await work('2026-12-02T00:00:00Z')
  const { body } = await control.operator<{ items: { id: string }[] }>('GET', '/api/invoices')
  return body.items[0]!.id
}

test('the payment that settles an invoice tells that it is paid, once, and a part of one does not', async () => {
  const invoice = await novemberInvoice()
  const path = `/api/invoices/${invoice}/payments`
  await post(path, { amount: '40.98' })
  await post(path, { amount: '300.01' })
  expect(await types()).toEqual(['invoice.closed'])
  const key = { 'idempotency-key': 'bank-42' }
  for (let i = 0; i < 2; i++) expect((await post(path, { amount: '300' }, key)).status).toBe(201)
  expect((await told()).slice(1)).toEqual([
    {
      type: 'invoice.paid',
      organization: id,
      data: {
        invoice,
        number: '2026-000001',
        month: '2026-11',
        dueOn: null,
        total: '340.98',
        currency: 'USD',
        testClock: false,
      },
    },
  ])
})

test('a credit note that leaves nothing due makes a part-paid invoice paid; one on a paid invoice tells nothing', async () => {
  const invoice = await novemberInvoice()
  await post(`/api/invoices/${invoice}/payments`, { amount: '300' })
  const note = async (amount: string) =>
    post(`/api/invoices/${invoice}/credit-note`, { amount, reason: 'Goodwill' })
  expect((await note('40')).status).toBe(201)
  expect(await types()).toEqual(['invoice.closed'])
  expect((await note('0.98')).status).toBe(201)
  expect(await types()).toEqual(['invoice.closed', 'invoice.paid'])
  expect((await note('100')).status).toBe(201)
  expect(await types()).toEqual(['invoice.closed', 'invoice.paid'])
})

test('what is written off or credited in full was not paid', async () => {
  const invoice = await novemberInvoice()
  await post(`/api/invoices/${invoice}/credit-note`, { amount: '340.98', reason: 'Goodwill' })
  expect(await types()).toEqual(['invoice.closed'])
})

test('an invoice that waits for approval is told of when it is approved', async () => {
  await send('PUT', `/api/organizations/${id}/invoicing`, { approval: true })
  const invoice = await novemberInvoice()
  expect(await types()).toEqual([])
  expect((await post(`/api/invoices/${invoice}/approve`)).status).toBe(200)
  expect((await post(`/api/invoices/${invoice}/approve`)).status).toBe(409)
  expect(await told()).toMatchObject([
    {
      type: 'invoice.closed',
      data: { invoice, number: '2026-000001', total: '340.98', issuedOn: '2026-12-02' },
    },
  ])
})

test('a credit that a person grants is told of with its amount, and one that is refused is not', async () => {
  await post(`/api/organizations/${id}/credits`, { amount: '1.005', reason: 'Too fine' })
  const { body } = await post(`/api/organizations/${id}/credits`, { amount: '162.04', reason: 'Outage' })
  expect(await told()).toEqual([
    {
      type: 'credit.granted',
      organization: id,
      data: { credit: body.id, amount: '162.04', currency: 'USD', reason: 'Outage', source: 'person' },
    },
  ])
})

test('a customer that no longer meets what its plan asks for is told once, with the plan that follows', async () => {
  const eligibility = { members: 3, monthlyRevenue: '0', funding: '0' }
  const maker = await post('/api/organizations', { name: 'Maker', plan: 'maker', eligibility })
  const declare = async (members: number) =>
    send('PATCH', `/api/organizations/${maker.body.id}`, { eligibility: { ...eligibility, members } })
  await declare(4)
  expect(await types()).toEqual([])
  await declare(6)
  await declare(7)
  expect(await told()).toEqual([
    {
      type: 'plan.not-eligible',
      organization: maker.body.id,
      data: {
        plan: 'maker',
        because: expect.arrayContaining([expect.stringContaining('6')]),
        endsAt: '2027-01-01T00:00:00Z',
        nextPlan: 'start',
      },
    },
  ])
})

/** Told by what runs beside the API: tested in `usage-alerts`, `budget-job`, `budget-rules` and `delivery-suite`. */
const TOLD_ELSEWHERE = [
  'budget.burning',
  'budget.exhausted',
  'recording.resumed',
  'recording.silent',
  'usage.threshold',
  'webhook.disabled',
]

test('every event that a webhook can listen to is written by what it tells of', async () => {
  const provider = '\nprovider: { legalName: Chat Inc., address: [1 Main Street], paymentTermsDays: 14 }\n'
  const contract = { yaml: chatYaml + provider, from: '2026-11-10T12:00:00Z' }
  expect((await send('PUT', '/api/contract', contract)).status).toBe(200)
  const { app } = customer
  await post(`/api/apps/${app.id}/suspend`, { reason: 'Unpaid' })
  await post(`/api/apps/${app.id}/resume`)
  await send('PUT', `/api/organizations/${id}/subscription`, { plan: 'growth' })
  await send('PUT', `/api/organizations/${id}/terms`, {
    from: '2026-11-10T12:00:00Z',
    price: { monthly: '1000.00' },
  })
  await post(`/api/organizations/${id}/credits`, { amount: '10', reason: 'Outage' })
  const eligibility = { members: 3, monthlyRevenue: '0', funding: '0' }
  const maker = await post('/api/organizations', { name: 'Maker', plan: 'maker', eligibility })
  const grown = { eligibility: { ...eligibility, members: 6 } }
  await send('PATCH', `/api/organizations/${maker.body.id}`, grown)
  const window = { title: 'Upgrade', start: '2026-11-20T00:00:00Z', end: '2026-11-20T01:00:00Z' }
  const announced = await post('/api/maintenance', window)
  await post(`/api/maintenance/${announced.body.id}/cancel`)
  const outage = { title: 'Slow answers', impact: 'minor', startedAt: '2026-11-10T11:00:00Z' }
  const incident = await post('/api/incidents', outage)
  await post(`/api/incidents/${incident.body.id}/updates`, { text: 'Found it.', status: 'identified' })
  await post(`/api/incidents/${incident.body.id}/resolve`)
  const invoice = await novemberInvoice()
  await work('2026-12-17T00:00:00Z')
  const { body } = await control.operator<{ due: string }>('GET', `/api/invoices/${invoice}`)
  await post(`/api/invoices/${invoice}/payments`, { amount: body.due })
  const paid = await control.operator<{ payments: { id: string }[] }>('GET', `/api/invoices/${invoice}`)
  const [payment] = paid.body.payments
  await post(`/api/invoices/${invoice}/payments/${payment?.id}/reversal`, { reason: 'Another customer’s' })
  expect([...new Set(await types()), ...TOLD_ELSEWHERE].toSorted()).toEqual([...listenedTypes].toSorted())
})
