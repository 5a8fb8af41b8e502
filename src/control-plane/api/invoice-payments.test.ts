import { afterEach, beforeEach, expect, test } from 'vitest'
import { overdueJob } from '../jobs/overdue-invoices.ts'
import { startJobRunner } from '../jobs/job-runner.ts'
import { closeUntil } from './test-closing.ts'
import { addCustomer, addMember, auditOf, type Control, startControl } from './test-control.ts'

let control: Control
let id: string
let path: string
beforeEach(async () => {
  control = await startControl()
  id = (await addCustomer(control, 'Acme', 'start')).organizationId
})
afterEach(async () => control.close())

interface Shown {
  id: string
  items: Shown[]
  status: string
  payments: { id: string; kind: string; amount: string }[]
  creditNotes: { id: string }[]
}

/** Closes November, whose invoice asks for 340.98. */
async function close(until = '2026-12-02T00:00:00Z'): Promise<void> {
  expect(await closeUntil(control, until)).toEqual([])
  const { body } = await control.operator<Shown>('GET', `/api/organizations/${id}/invoices?status=final`)
  path = `/api/invoices/${body.items[0]?.id}`
}

/** A second later each, so that a list has them in this order. */
const post = async (verb: string, body: unknown) => {
  control.time.nowMs += 1000
  return control.operator<Shown>('POST', `${path}/${verb}`, body)
}
const read = async () => (await control.operator<Shown>('GET', path)).body
const pay = async (amount: string, more = {}) => (await post('payments', { amount, ...more })).body
const reverse = async (payment: string | undefined) =>
  post(`payments/${payment}/reversal`, { reason: 'Another customer’s' })
const events = async () => {
  const rows = await control.deps.store.db.selectFrom('events').select('type').orderBy('at_ms').execute()
  return rows.map(({ type }) => type).filter(type => type.startsWith('invoice.'))
}

test('a payment that was recorded by mistake is taken back once, and both stay in the list', async () => {
  await close()
  const [mistake] = (await pay('40.98', { reference: 'Bank 42' })).payments
  const answer = await reverse(mistake?.id)
  expect(answer).toMatchObject({
    status: 201,
    body: {
      status: 'open',
      paid: '0.00',
      due: '340.98',
      payments: [
        { id: mistake?.id, kind: 'payment', amount: '40.98', reference: 'Bank 42', reverses: null },
        {
          kind: 'reversal',
          amount: '-40.98',
          reverses: mistake?.id,
          reason: 'Another customer’s',
          author: 'operator',
        },
      ],
    },
  })
  await pay('100')
  expect((await reverse(mistake?.id)).body).toMatchObject({
    status: 409,
    detail: `It was taken back already, by ${answer.body.payments[1]?.id}.`,
  })
  expect((await reverse(answer.body.payments[1]?.id)).status).toBe(409)
  expect((await reverse('pay_0')).status).toBe(404)
  expect(await auditOf(control)).toContain('operator invoice.payment-reversed')
  expect(await pay('240.98')).toMatchObject({ status: 'paid' })
})

test('an invoice that was paid and no longer is says so, and is overdue in its time', async () => {
  const yaml = (await control.operator<{ yaml: string }>('GET', '/api/contract')).body.yaml
  const provider = 'provider: { legalName: Chat Inc., address: [1 Main Street], paymentTermsDays: 14 }\n'
  const changed = yaml.replace(/^currency:/m, `${provider}currency:`)
  await control.operator('PUT', '/api/contract', { yaml: changed, from: '2026-11-10T12:00:00Z' })
  await close()
  const [mistake] = (await pay('340.98')).payments
  await lookAtDueDays('2026-12-17T00:00:00Z')
  expect((await reverse(mistake?.id)).body).toMatchObject({ status: 'overdue', due: '340.98' })
  expect(await events()).toEqual(['invoice.closed', 'invoice.paid', 'invoice.unpaid'])
  await lookAtDueDays('2026-12-18T00:00:00Z')
  await lookAtDueDays('2026-12-19T00:00:00Z')
  expect((await events()).slice(3)).toEqual(['invoice.overdue'])
})

test('what is owed back is paid back in parts, never more, and the invoice stands as it should', async () => {
  await close()
  await pay('340.98')
  await post('credit-note', { amount: '340.98', reason: 'All of it' })
  expect(await read()).toMatchObject({ status: 'paid', owedBack: '340.98' })
  const back = async (amount: string) => post('refunds', { amount, reference: 'Bank 77', reason: 'Agreed' })
  expect((await back('340.99')).body).toMatchObject({
    mistakes: [{ path: 'amount', message: 'More than what is owed back: 340.98 USD.' }],
  })
  expect((await back('300')).body).toMatchObject({ status: 'paid', owedBack: '40.98', paid: '40.98' })
  const { body } = await back('40.98')
  expect(body).toMatchObject({ status: 'credited', owedBack: '0.00', paid: '0.00', due: '0.00' })
  expect(body.payments[1]).toMatchObject({ kind: 'refund', amount: '-300.00', reason: 'Agreed' })
  expect((await reverse(body.payments[0]?.id)).body).toMatchObject({
    detail: 'Some of it was paid back since: take that refund back first.',
  })
  expect((await reverse(body.payments[1]?.id)).body).toMatchObject({ status: 'paid', owedBack: '300.00' })
  expect(await auditOf(control)).toContain('operator invoice.refund-recorded')
  path = `/api/invoices/${body.creditNotes[0]?.id}`
  expect((await back('1')).body).toMatchObject({
    detail: 'This takes back from 2026-000001: record the refund there.',
  })
})

test('what a customer that has left is owed is paid back on its credit note', async () => {
  await control.operator('POST', `/api/organizations/${id}/credits`, { amount: '400', reason: 'Outage' })
  await control.operator('PUT', `/api/organizations/${id}/leaving`, { reason: 'Notice' })
  await close()
  const { items } = (await control.operator<Shown>('GET', '/api/invoices?status=issued')).body
  path = `/api/invoices/${items[0]?.id}`
  expect(await read()).toMatchObject({ status: 'issued', owedBack: '59.02' })
  expect((await post('payments', { amount: '1' })).status).toBe(409)
  const { body } = await post('refunds', { amount: '59.02', reason: 'By bank' })
  expect(body).toMatchObject({
    status: 'issued',
    owedBack: '0.00',
    paid: '0.00',
    payments: [{ kind: 'refund' }],
  })
})

test('money that comes after a write-off is recorded, and all of it makes the invoice paid', async () => {
  await close()
  await post('write-off', { reason: 'Bankrupt' })
  expect((await post('payments', { amount: '340.99' })).body).toMatchObject({
    mistakes: [{ path: 'amount', message: 'More than what was left unpaid: 340.98 USD.' }],
  })
  expect(await pay('40.98')).toMatchObject({ status: 'written-off', paid: '40.98', due: '0.00' })
  expect(await pay('300')).toMatchObject({ status: 'paid', paid: '340.98', due: '0.00' })
  expect(await events()).toEqual(['invoice.closed', 'invoice.paid'])
})

test('finance corrects billing details, and nothing else of an organization', async () => {
  const finance = control.as((await addMember(control, 'finance')).token)
  const patch = async (body: unknown) => finance('PATCH', `/api/organizations/${id}`, body)
  const billing = { country: 'NL', taxId: 'NL001234567B01' }
  expect(await patch({ billing })).toMatchObject({ status: 200, body: { billing } })
  for (const more of [{ name: 'Other' }, { eligibility: { members: 1 } }, { name: 'Other', billing: {} }]) {
    expect(await patch(more)).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  }
  const answer = await control.operator('GET', `/api/organizations/${id}`)
  expect(answer.body).toMatchObject({ name: 'Acme', billing })
})

async function lookAtDueDays(at: string): Promise<void> {
  control.time.nowMs = Date.parse(at)
  const { store, clock, mails } = control.deps
  const errors: string[] = []
  const log = (_: unknown, message: string) => void errors.push(message)
  const parts = { db: store.db, nodeId: 'node_1', clock, realClock: clock, log: { warn: log, error: log } }
  const runner = startJobRunner({ ...parts, jobs: [overdueJob(mails)] })
  await runner.runDue()
  await runner.stop()
  expect(errors).toEqual([])
}
