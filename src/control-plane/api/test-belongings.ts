import { expect } from 'vitest'
import { emptyBatch } from '../../store/batch.ts'
import { addPayment } from '../../store/payments.ts'
import { applyBatch } from '../../store/recording.ts'
import { userKey } from '../../store/user-key.ts'
import { closeMonthJob } from '../invoicing/close-month.ts'
import { startJobRunner } from '../jobs/job-runner.ts'
import { addCustomer, type Control, chatYaml, noonMs } from './test-control.ts'
import { requestAt, sockets } from './test-usage.ts'

/** In every free text of the rich customer’s, so that it is found wherever it gets to. */
export const NAME = 'Vulpecula'
/** The customer’s key of a POST that it repeated. */
export const USED_KEY = 'vulpecula-key'
export const MONTHS = ['2026-09', '2026-10', '2026-11'] as const

const PROVIDER = `
provider: { legalName: Chat Example Ltd, address: [1 Example Street, Dublin], country: IE, taxIds: [IE6388047V] }
`

/** From September on, with a contract that says who sells. */
export async function sellFromSeptember(control: Control): Promise<void> {
  control.time.nowMs = Date.UTC(2026, 8, 1)
  const from = '2026-09-01T00:00:00Z'
  const put = await control.operator('PUT', '/api/contract', { yaml: chatYaml + PROVIDER, from })
  expect(put.status).toBe(200)
}

/** Every kind of thing that a customer can have, with amounts and numbers that nothing else has. */
export async function addRichCustomer(control: Control) {
  const customer = await addCustomer(control, NAME, 'enterprise')
  const { organizationId, app, admin } = customer
  const made = async (method: string, path: string, body?: object, call = control.operator) => {
    const answer = await call<{ id: string; secret?: string; items: { id: string }[] }>(method, path, body)
    expect([path, answer.status]).toEqual([path, expect.toBeOneOf([200, 201])])
    return answer.body
  }
  const own = `/api/organizations/${organizationId}`
  await made('PATCH', own, {
    billing: { legalName: `${NAME} AG`, address: [`${NAME}weg 2`, 'Bern'], country: 'CH', reference: NAME },
    eligibility: { members: 3, monthlyRevenue: '86421.97', funding: '97531.86' },
  })
  const promised = { form: 'accelerated', target: '99.99', acceleration: 100, cap: '30', base: 'invoice' }
  await made('PUT', `${own}/terms`, {
    from: '2026-09-01T00:00:00Z',
    price: { monthly: '8123.47' },
    sla: { ...promised, credit: 'on-claim' },
  })
  await made('PUT', `/api/apps/${app.id}/limits`, { app: { Search: 7919 } })
  await made('POST', '/api/members', member(organizationId))
  const url = `https://example.com/${NAME}`
  const hook = { url, events: ['app.suspended'], organization: organizationId }
  const webhook = await made('POST', '/api/webhooks', hook)
  const delivery = await made('POST', `/api/webhooks/${webhook.id}/test`)
  const exclusion = await made('POST', '/api/exclusions', excluded(organizationId))
  const incident = await made('POST', '/api/incidents', { title: 'Slow', impact: 'minor' })
  const claim = { kind: 'claim', subject: NAME, incident: incident.id }
  await made('POST', '/api/tickets', claim, control.as(admin.token))
  const key = { 'idempotency-key': USED_KEY }
  await control.as(admin.token)('POST', `/api/apps/${app.id}/keys`, undefined, key)
  return { ...customer, webhook, delivery, exclusion, incident, url }
}

export type RichCustomer = Awaited<ReturnType<typeof addRichCustomer>>

function member(organization: string) {
  return { name: `${NAME} Ada`, email: `ada@${NAME}.example`, role: 'customer-developer', organization }
}

function excluded(organization: string) {
  const start = '2026-09-01T00:00:00Z'
  return { reason: 'customer', start, end: '2026-09-01T01:00:00Z', text: `${NAME} load`, organization }
}

/** Uses its app in each month, and has one final invoice, one that waits, and one that is a draft. */
export async function liveThroughMonths(control: Control, { organizationId, app }: RichCustomer) {
  const own = `/api/organizations/${organizationId}`
  const { db } = control.deps.store
  for (const [at, month] of MONTHS.entries()) {
    const atMs = Date.parse(`${month}-05T00:00:00Z`)
    control.time.nowMs = atMs + 86_400_000
    await use(control, app.id, atMs, at + 1)
    const line = { description: `${NAME} consulting`, amount: `1379${at}.37`, reason: NAME }
    await control.operator('POST', `${own}/manual-lines`, line)
    await control.operator('POST', `${own}/credits`, { amount: `471${at}.23`, reason: NAME })
    if (month === '2026-09') {
      await close(control, '2026-10-02T00:00:00Z')
      const { body } = await control.operator<{ items: { id: string }[] }>('GET', `${own}/invoices`)
      const invoiceId = body.items[0]!.id
      await addPayment(db, { ...payment(invoiceId), createdMs: atMs, atMs })
      const note = { amount: '2222.19', reason: NAME }
      await control.operator('POST', `/api/invoices/${invoiceId}/credit-note`, note)
      await control.operator('PUT', `${own}/invoicing`, { approval: true, purchaseOrder: `${NAME} 77` })
    }
    if (month === '2026-10') await close(control, '2026-11-02T00:00:00Z')
  }
  control.time.nowMs = noonMs
}

export const PAYMENT = 'pay_0123456789abcdef01234567'

function payment(invoiceId: string) {
  const paid = {
    id: PAYMENT,
    invoiceId,
    amount: '1234.56',
    author: 'x',
    reference: NAME,
  }
  return { ...paid, reverses: undefined, reason: undefined }
}

/** 1,237 users, 1,117 connections at once, 46,183 requests, and seven minutes in which all failed. */
async function use(control: Control, appId: string, atMs: number, sequence: number): Promise<void> {
  const opened = sockets(appId, `rich-${sequence}`, 1117, atMs)
  const slices = Array.from({ length: 42 }, (_, at) => ({
    sliceMs: atMs + at * 10_000,
    seconds: 10,
    valid: 20,
    failed: 20,
  }))
  await applyBatch(control.deps.store.db, {
    ...emptyBatch('rich', sequence, atMs),
    users: Array.from({ length: 1237 }, (_, user) => ({
      appId,
      userKey: userKey(appId, `user ${user}`),
      atMs,
    })),
    opened,
    closed: opened.map(({ id }) => ({ id, atMs: atMs + 1000 })),
    requests: [requestAt(appId, atMs, 46_183)],
    appSlices: slices.map(slice => ({ ...slice, name: appId })),
    endpointSlices: slices.map(slice => ({ ...slice, name: 'GetApp' })),
  })
}

function unexpected(facts: object, message: string): never {
  throw new Error(message, { cause: facts })
}

async function close(control: Control, until: string): Promise<void> {
  control.time.nowMs = Date.parse(until)
  const { agreements, store, clock, usage, mails, evidenceKey } = control.deps
  const runner = startJobRunner({
    db: store.db,
    jobs: [closeMonthJob({ db: store.db, agreements, testClock: false, usage, mails, evidenceKey })],
    nodeId: `node_${until}`,
    clock,
    realClock: clock,
    log: { warn: unexpected, error: unexpected },
  })
  await runner.runDue()
  await runner.stop()
}
