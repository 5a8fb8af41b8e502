import { afterEach, beforeEach, expect, test } from 'vitest'
import { invoicesCsv } from '../documents/invoices-csv.ts'
import { closeUntil } from './test-closing.ts'
import { addCustomer, addMember, type Control, startControl } from './test-control.ts'

let control: Control
let id: string
let fin: { id: string; token: string }
let customer: ReturnType<Control['as']>
beforeEach(async () => {
  control = await startControl({ invoiceFormats: { csv: invoicesCsv } })
  const made = await addCustomer(control, 'Acme', 'start')
  id = made.organizationId
  customer = control.as(made.admin.token)
  fin = await addMember(control, 'finance')
})
afterEach(async () => control.close())

interface Shown {
  id: string
  items: Shown[]
  lines: { description: string; because: string[] }[]
  creditNotes: { id: string }[]
}

const finance = async (method: string, path: string, body?: unknown) =>
  (await control.as(fin.token)<Shown>(method, path, body)).body
const asCustomer = async (path: string) => (await customer<Shown>('GET', path)).body

/** Everything that people do by hand to a month and its invoice, each with a reason that is nobody else's business. */
async function doAll(): Promise<string> {
  const line = { description: 'Setup', amount: '100', reason: 'internal: sales promised' }
  await finance('POST', `/api/organizations/${id}/manual-lines`, line)
  await finance('POST', `/api/organizations/${id}/credits`, { amount: '1.00', reason: 'Outage of 3 May' })
  expect(await closeUntil(control, '2026-12-02T00:00:00Z')).toEqual([])
  const [invoice] = (await finance('GET', `/api/organizations/${id}/invoices?status=final`)).items
  const path = `/api/invoices/${invoice?.id}`
  await finance('POST', `${path}/payments`, { amount: '40', reference: 'Bank 42' })
  await finance('POST', `${path}/credit-note`, { amount: '10', reason: 'internal: a threat to leave' })
  await finance('POST', `${path}/write-off`, { reason: 'internal: bankrupt' })
  return path
}

test('the provider reads who did it, by id and name, and why', async () => {
  const path = await doAll()
  const by = { author: fin.id, authorName: 'finance' }
  const shown = await finance('GET', path)
  expect(shown).toMatchObject({
    author: null,
    authorName: null,
    payments: [{ kind: 'payment', amount: '40.00', reference: 'Bank 42', ...by }],
    writtenOff: { reason: 'internal: bankrupt', ...by },
    creditNotes: [{ reason: 'internal: a threat to leave', ...by }],
  })
  const note = await finance('GET', `/api/invoices/${shown.creditNotes[0]?.id}`)
  expect(note).toMatchObject({ ...by, reason: 'internal: a threat to leave' })
  expect(await finance('GET', `/api/organizations/${id}/manual-lines?month=2026-11`)).toMatchObject({
    items: [{ reason: 'internal: sales promised', ...by }],
  })
  expect(await finance('GET', `/api/organizations/${id}/credits`)).toMatchObject({
    items: [{ reason: 'Outage of 3 May', ...by }],
  })
})

test('a customer reads what is meant for it, with names, and neither ids of people nor internal reasons', async () => {
  const path = await doAll()
  const invoice = await asCustomer(path)
  expect(invoice.lines[1]).toMatchObject({ description: 'Setup', because: ['Added by finance.'] })
  expect(invoice).toMatchObject({
    payments: [{ amount: '40.00', author: null, authorName: 'finance' }],
    writtenOff: { reason: null, author: null, authorName: 'finance' },
    creditNotes: [{ reason: null, author: null, authorName: 'finance' }],
    creditsApplied: [{ reason: 'Outage of 3 May' }],
  })
  const seen = [
    invoice,
    await asCustomer(`/api/invoices/${invoice.creditNotes[0]?.id}`),
    await asCustomer('/api/invoices'),
    await asCustomer(`/api/organizations/${id}/invoices`),
    await asCustomer(`/api/organizations/${id}/manual-lines?month=2026-11`),
    await asCustomer(`/api/organizations/${id}/credits`),
    // PDF and UBL are written from the documents and from nothing else.
    await control.deps.store.db.selectFrom('invoices').select('document').execute(),
    await control.operator('GET', '/api/invoices.csv?month=2026-11'),
  ].map(each => JSON.stringify(each))
  for (const text of seen) {
    expect(text.length).toBeGreaterThan(100)
    expect(text).not.toContain(fin.id)
    expect(text).not.toContain('internal:')
  }
})

test('who was removed keeps the name', async () => {
  const path = await doAll()
  expect((await control.operator('DELETE', `/api/members/${fin.id}`)).status).toBe(204)
  expect((await customer('GET', path)).body).toMatchObject({ writtenOff: { authorName: 'finance' } })
})
