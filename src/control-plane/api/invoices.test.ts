import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeUntil } from './test-closing.ts'
import { addCustomer, addMember, auditOf, type Control, startControl } from './test-control.ts'

let control: Control
let id: string
let customer: Awaited<ReturnType<typeof addCustomer>>
beforeEach(async () => {
  control = await startControl()
  customer = await addCustomer(control, 'Acme', 'start')
  id = customer.organizationId
})
afterEach(async () => control.close())

interface Shown {
  id: string
  status: string
  number: string | null
  month: string
  total: string
  due: string
  owedBack: string
  paid: string
  lines: { amount: string; because: string[] }[]
  creditsApplied: { amount: string; reason: string }[]
  tax: { amount: string }
  items: Shown[]
  nextCursor: string | null
  mistakes: { path: string; message: string }[]
}

const get = async (path: string, as = control.operator) => (await as<Shown>('GET', path)).body
const post = async (path: string, body?: unknown) => control.operator<Shown>('POST', path, body)

const close = async (until: string) => closeUntil(control, until)

async function novemberInvoice(): Promise<Shown> {
  expect(await close('2026-12-02T00:00:00Z')).toEqual([])
  const [invoice] = (await get(`/api/organizations/${id}/invoices?status=final`)).items
  if (invoice === undefined) throw new Error('no invoice')
  return invoice
}

test('a draft is live, has no number, and by its id leads to the invoice that it becomes', async () => {
  await post(`/api/organizations/${id}/manual-lines`, {
    description: 'Setup',
    amount: '100',
    reason: 'Order 7',
  })
  const [draft] = (await get(`/api/organizations/${id}/invoices?status=draft`)).items
  // From noon of the tenth: 20.5 of 30 days at 499.00.
  expect(draft).toMatchObject({
    status: 'draft',
    number: null,
    month: '2026-11',
    total: '440.98',
    due: '0.00',
  })
  expect(draft?.lines.map(({ amount }) => amount)).toEqual(['340.98', '100.00'])
  expect(draft?.lines[1]?.because).toEqual(['Added by operator.'])
  const own = control.as(customer.admin.token)
  expect(await get(`/api/invoices/${draft?.id}`, own)).toEqual(draft)
  const invoice = await novemberInvoice()
  expect(await get(`/api/invoices/${draft?.id}`, own)).toEqual(invoice)
  expect(invoice).toMatchObject({ status: 'open', number: '2026-000001', total: '440.98' })
  expect((await get(`/api/organizations/${id}/invoices?status=draft`)).items).toMatchObject([
    { month: '2026-12', total: '499.00' },
  ])
})

test('a draft’s id is the invoice once there is one, for what is done with it too', async () => {
  const draft = (month: string) => `/api/invoices/draft-${id}-${month}`
  const pay = async (month: string) => post(`${draft(month)}/payments`, { amount: '40' })
  expect(await pay('2026-11')).toMatchObject({
    status: 409,
    body: { detail: '2026-11 is not closed yet: this is a draft, on which nothing is due.' },
  })
  const invoice = await novemberInvoice()
  expect(await pay('2026-11')).toMatchObject({ status: 201, body: { id: invoice.id, paid: '40.00' } })
  expect(await get(draft('2026-11'))).toMatchObject({ id: invoice.id, paid: '40.00' })
  for (const month of ['2026-10', '2027-01']) {
    expect((await pay(month)).status).toBe(404)
    expect((await control.operator('GET', draft(month))).status).toBe(404)
  }
})

test('a month in which nothing was billed has no draft once it is closed', async () => {
  const gone = await addCustomer(control, 'Gone', 'start')
  const path = `/api/invoices/draft-${gone.organizationId}-2026-11`
  await control.operator('PUT', `/api/organizations/${gone.organizationId}/leaving`, {
    at: '2026-11-10T12:00:00Z',
    reason: 'At once',
  })
  await close('2026-12-02T00:00:00Z')
  expect((await post(`${path}/write-off`, { reason: 'x' })).status).toBe(404)
  expect((await control.operator('GET', path)).status).toBe(404)
})

test('an invoice is paid in parts, and never more than it asks for', async () => {
  const { id: invoice, total } = await novemberInvoice()
  expect(total).toBe('340.98')
  const path = `/api/invoices/${invoice}/payments`
  expect((await post(path, { amount: '340.99' })).body).toMatchObject({
    code: 'invalid-body',
    mistakes: [{ path: 'amount', message: 'More than what is due: 340.98 USD.' }],
  })
  const first = await post(path, { amount: '40.98', reference: 'Bank 42' })
  expect(first).toMatchObject({ status: 201, body: { status: 'part-paid', paid: '40.98', due: '300.00' } })
  expect((await post(path, { amount: '0.001' })).body).toMatchObject({ code: 'invalid-body' })
  expect((await post(path, { amount: '0' })).body).toMatchObject({ code: 'invalid-body' })
  expect((await post(path, { amount: '1', at: '2027-01-01T00:00:00Z' })).status).toBe(400)
  expect((await post(path, { amount: '300' })).body).toMatchObject({ status: 'paid', due: '0.00' })
  expect((await post(path, { amount: '0.01' })).status).toBe(400)
  expect(await auditOf(control)).toContain('operator invoice.payment-recorded')
})

test('a payment that is sent twice under one key is recorded once', async () => {
  const { id: invoice } = await novemberInvoice()
  const key = { 'idempotency-key': 'bank-42' }
  for (let i = 0; i < 2; i++) {
    const answer = await control.operator<Shown>(
      'POST',
      `/api/invoices/${invoice}/payments`,
      { amount: '40' },
      key,
    )
    expect(answer.body).toMatchObject({ paid: '40.00' })
  }
  expect(await get(`/api/invoices/${invoice}`)).toMatchObject({ paid: '40.00' })
})

test('what is written off is due no more, once, and the invoice stays as it is', async () => {
  const invoice = await novemberInvoice()
  const written = await post(`/api/invoices/${invoice.id}/write-off`, { reason: 'Bankrupt' })
  expect(written.body).toMatchObject({ status: 'written-off', due: '0.00', total: invoice.total })
  expect((await post(`/api/invoices/${invoice.id}/write-off`, { reason: 'Again' })).status).toBe(409)
})

test('a credit note takes back at most what the invoice asked for, with its tax', async () => {
  const rule = { kind: 'rate', percent: '19' }
  await control.operator('PUT', `/api/organizations/${id}/invoicing`, { tax: rule })
  const invoice = await novemberInvoice()
  expect(invoice).toMatchObject({ tax: { amount: '64.79' }, total: '405.77' })
  const path = `/api/invoices/${invoice.id}/credit-note`
  const note = await post(path, { amount: '100', reason: 'Billed twice' })
  expect(note).toMatchObject({
    status: 201,
    body: {
      kind: 'credit-note',
      status: 'issued',
      number: '2026-000002',
      corrects: '2026-000001',
      total: '119.00',
    },
  })
  expect((await post(path, { amount: '240.99', reason: 'Too much' })).status).toBe(400)
  expect(await get(`/api/invoices/${invoice.id}`)).toMatchObject({
    status: 'open',
    due: '286.77',
    total: '405.77',
  })
  await post(`/api/invoices/${invoice.id}/payments`, { amount: '286.77' })
  const lines = [{ description: 'The rest', amount: '240.98' }]
  expect((await post(path, { lines, reason: 'Goodwill' })).status).toBe(201)
  expect(await get(`/api/invoices/${invoice.id}`)).toMatchObject({ status: 'paid', owedBack: '286.77' })
  expect((await post(`/api/invoices/${note.body.id}/payments`, { amount: '1' })).status).toBe(409)
})

test('with approval wanted an invoice waits, unseen by the customer, and is approved once', async () => {
  await control.operator('PUT', `/api/organizations/${id}/invoicing`, {
    approval: true,
    purchaseOrder: 'PO-7',
  })
  await close('2026-12-02T00:00:00Z')
  const [waiting] = (await get('/api/invoices?status=awaiting-approval')).items
  expect(waiting).toMatchObject({ number: null, month: '2026-11', customer: { purchaseOrder: 'PO-7' } })
  const own = control.as(customer.admin.token)
  expect((await own('GET', `/api/invoices/${waiting?.id}`)).status).toBe(404)
  expect((await own('GET', `/api/invoices/draft-${id}-2026-11`)).status).toBe(404)
  expect((await get(`/api/organizations/${id}/invoices`, own)).items).toEqual([])
  expect((await get('/api/invoices?status=awaiting-approval', own)).items).toEqual([])
  expect((await post(`/api/invoices/${waiting?.id}/payments`, { amount: '1' })).status).toBe(409)
  const line = { month: '2026-11', description: 'Discount', amount: '-40.98', reason: 'Agreed' }
  expect((await post(`/api/organizations/${id}/manual-lines`, line)).status).toBe(201)
  const approve = async () => post(`/api/invoices/${waiting?.id}/approve`)
  const answers = await Promise.all([approve(), approve()])
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409])
  expect(await get(`/api/invoices/${waiting?.id}`, own)).toMatchObject({
    status: 'open',
    number: '2026-000001',
    total: '300.00',
  })
  expect((await post(`/api/organizations/${id}/manual-lines`, line)).status).toBe(409)
})

test('credits are granted, listed, used up and reported until then', async () => {
  const granted = await post(`/api/organizations/${id}/credits`, { amount: '400', reason: 'Outage' })
  expect(granted).toMatchObject({
    status: 201,
    body: { amount: '400.00', left: '400.00', author: 'operator' },
  })
  expect((await post(`/api/organizations/${id}/credits`, { amount: '1.005', reason: 'x' })).status).toBe(400)
  expect(await get('/api/credits/owed')).toMatchObject({
    currency: 'USD',
    total: '400.00',
    items: [{ organization: id, owed: '400.00' }],
  })
  const invoice = await novemberInvoice()
  expect(invoice).toMatchObject({
    status: 'paid',
    total: '0.00',
    creditsApplied: [{ amount: '340.98', reason: 'Outage' }],
  })
  expect(await get('/api/credits/owed')).toMatchObject({ total: '59.02' })
  expect(
    (await get(`/api/organizations/${id}/credits`, control.as(customer.developer.token))).items,
  ).toMatchObject([{ left: '59.02', uses: [{ invoice: invoice.id, amount: '340.98' }] }])
})

test('after its last day to pay an invoice is overdue, to the millisecond', async () => {
  const yaml = (await control.operator<{ yaml: string }>('GET', '/api/contract')).body.yaml
  const provider = 'provider: { legalName: Chat Inc., address: [1 Main Street], paymentTermsDays: 14 }\n'
  const changed = yaml.replace(/^provider:(\n .*)+\n/m, '').replace(/^currency:/m, `${provider}currency:`)
  const from = '2026-11-10T12:00:00Z'
  expect((await control.operator('PUT', '/api/contract', { yaml: changed, from })).status).toBe(200)
  const invoice = await novemberInvoice()
  expect(invoice).toMatchObject({ status: 'open', dueOn: '2026-12-16' })
  control.time.nowMs = Date.parse('2026-12-16T23:59:59.999Z')
  expect((await get('/api/invoices?status=overdue')).items).toEqual([])
  control.time.nowMs += 1
  expect((await get('/api/invoices?status=overdue')).items).toMatchObject([{ id: invoice.id }])
})

test('a format that is not there is 406, and one that is there is written from the frozen document', async () => {
  const { id: invoice } = await novemberInvoice()
  const ask = async (accept: string) =>
    control.operator('GET', `/api/invoices/${invoice}`, undefined, { accept })
  expect((await ask('application/pdf')).body).toMatchObject({
    code: 'not-acceptable',
    detail: 'This Weir writes no PDF.',
  })
  expect((await ask('image/png')).body).toMatchObject({ code: 'not-acceptable' })
  for (const accept of ['*/*', 'application/*', 'application/json, application/pdf;q=0.5']) {
    expect((await ask(accept)).status).toBe(200)
  }
  expect((await control.operator('GET', '/api/invoices.csv?month=2026-11')).status).toBe(406)
})

test('customers read their own invoices, and only finance and operators change any', async () => {
  const other = await addCustomer(control, 'Other', 'start')
  const invoice = await novemberInvoice()
  const own = control.as(customer.developer.token)
  const foreign = control.as(other.admin.token)
  expect((await get('/api/invoices', own)).items.map(({ id: each }) => each)).toEqual([invoice.id])
  for (const query of [`?organization=${id}`, '?month=2026-11', '?status=open']) {
    const seen = (await get(`/api/invoices${query}`, foreign)).items
    expect(JSON.stringify(seen)).not.toContain(id)
  }
  expect((await foreign('GET', `/api/invoices/${invoice.id}`)).status).toBe(404)
  expect((await foreign('GET', `/api/organizations/${id}/credits`)).status).toBe(404)
  expect((await own('POST', `/api/invoices/${invoice.id}/payments`, { amount: '1' })).status).toBe(403)
  expect((await own('GET', '/api/credits/owed')).status).toBe(403)
  const support = control.as((await addMember(control, 'support')).token)
  expect((await support('GET', `/api/invoices/${invoice.id}`)).status).toBe(200)
  expect((await support('POST', `/api/invoices/${invoice.id}/write-off`, { reason: 'x' })).status).toBe(403)
  const finance = control.as((await addMember(control, 'finance')).token)
  expect((await finance('POST', `/api/invoices/${invoice.id}/payments`, { amount: '1' })).status).toBe(201)
})

test('who leaves is billed no more, may stay as long as it has not left, and never leaves twice', async () => {
  const path = `/api/organizations/${id}/leaving`
  const leaving = await control.operator('PUT', path, { reason: 'Notice' })
  expect(leaving).toMatchObject({ status: 200, body: { at: '2026-12-01T00:00:00.000Z' } })
  expect((await control.operator('DELETE', path)).status).toBe(204)
  await control.operator('PUT', path, { at: '2026-11-10T12:00:00Z', reason: 'At once' })
  expect((await get(`/api/organizations/${id}/invoices?status=draft`)).items).toMatchObject([
    { total: '0.00' },
  ])
  expect((await control.operator('PUT', path, { reason: 'Again' })).status).toBe(409)
  expect((await control.operator('DELETE', path)).status).toBe(409)
})
