import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeUntil } from './test-closing.ts'
import { addCustomer, type Control, startControl } from './test-control.ts'

let control: Control
let id: string
beforeEach(async () => {
  control = await startControl()
  id = (await addCustomer(control, 'Acme', 'start')).organizationId
})
afterEach(async () => control.close())

interface Shown {
  id: string
  number: string | null
  month: string
  status: string
  total: string
  customer: Record<string, unknown>
  creditsApplied: { amount: string }[]
}

const ask = async (method: string, path: string, body?: unknown) =>
  (await control.operator<Shown & { items: Shown[]; left: string }>(method, path, body)).body
const waiting = async () => (await ask('GET', '/api/invoices?status=awaiting-approval')).items
const approve = async (invoice: string) => ask('POST', `/api/invoices/${invoice}/approve`)

const tax = { kind: 'rate', percent: '19' }

test('what is corrected while an invoice waits is shown at once, and is what approval issues', async () => {
  await ask('PUT', `/api/organizations/${id}/invoicing`, { approval: true })
  expect(await closeUntil(control, '2026-12-02T00:00:00Z')).toEqual([])
  const [before] = await waiting()
  expect(before).toMatchObject({ total: '340.98', customer: { address: [], purchaseOrder: null } })
  const billing = { legalName: 'Acme B.V.', address: ['Kade 1'], country: 'NL', taxId: 'NL001234567B01' }
  await ask('PATCH', `/api/organizations/${id}`, { billing })
  await ask('PUT', `/api/organizations/${id}/invoicing`, { tax, purchaseOrder: 'PO-7', approval: true })
  await ask('POST', `/api/organizations/${id}/credits`, { amount: '40.98', reason: 'Agreed' })
  const [shown] = await waiting()
  const right = { total: '357.00', customer: { ...billing, purchaseOrder: 'PO-7' } }
  expect(shown).toMatchObject({ ...right, creditsApplied: [{ amount: '40.98' }] })
  const final = await approve(before?.id ?? '')
  expect(final).toMatchObject({ ...right, number: '2026-000001', status: 'open' })
  expect({ ...final, status: 'awaiting-approval', number: null, issuedOn: null }).toEqual(shown)
})

test('a final invoice is not touched by what is corrected after', async () => {
  await closeUntil(control, '2026-12-02T00:00:00Z')
  const [final] = (await ask('GET', '/api/invoices?status=final')).items
  await ask('PATCH', `/api/organizations/${id}`, { name: 'Acme Europe', billing: { country: 'NL' } })
  await ask('PUT', `/api/organizations/${id}/invoicing`, { tax })
  expect(await ask('GET', `/api/invoices/${final?.id}`)).toEqual(final)
})

test('a reverse charge that lacks what the law wants warns, waits for a person, and says why', async () => {
  const made = await ask('PUT', `/api/organizations/${id}/invoicing`, { tax: { kind: 'reverse-charge' } })
  const warnings = [
    'Reverse charge needs the customer’s country: set `billing.country` of the organization.',
    'Reverse charge needs the customer’s VAT number beginning with its country: set `billing.taxId` of the organization.',
  ]
  expect(made).toMatchObject({ approval: false, warnings })
  expect(await ask('GET', `/api/organizations/${id}/invoicing`)).toEqual(made)
  const path = `/api/organizations/${id}/invoices`
  expect((await ask('GET', `${path}?status=draft`)).items).toMatchObject([{ status: 'draft', warnings }])
  await closeUntil(control, '2026-12-02T00:00:00Z')
  const [held] = await waiting()
  expect(held).toMatchObject({ number: null, month: '2026-11', warnings })
  await ask('PATCH', `/api/organizations/${id}`, { billing: { country: 'NL', taxId: '001234567B01' } })
  const still = [
    'Reverse charge needs the customer’s VAT number beginning with NL: set `billing.taxId` of the organization.',
  ]
  expect(await waiting()).toMatchObject([{ warnings: still }])
  await ask('PATCH', `/api/organizations/${id}`, { billing: { country: 'NL', taxId: 'NL001234567B01' } })
  expect(await waiting()).toMatchObject([{ warnings: [] }])
  const final = { status: 'open', number: '2026-000001', customer: { taxId: 'NL001234567B01' }, warnings: [] }
  expect(await approve(held?.id ?? '')).toMatchObject(final)
  await closeUntil(control, '2027-01-02T00:00:00Z')
  expect((await ask('GET', `${path}?month=2026-12`)).items).toMatchObject([
    { status: 'open', number: '2027-000001' },
  ])
})

test('a person may approve it as it is, and the audit keeps in spite of what', async () => {
  await ask('PUT', `/api/organizations/${id}/invoicing`, { tax: { kind: 'reverse-charge' } })
  await closeUntil(control, '2026-12-02T00:00:00Z')
  expect(await approve((await waiting())[0]?.id ?? '')).toMatchObject({ status: 'open' })
  const [approved] = (await control.operator<{ items: unknown[] }>('GET', '/api/audit?limit=1')).body.items
  expect(approved).toMatchObject({
    action: 'invoice.approved',
    details: { inSpiteOf: [expect.stringContaining('country'), expect.stringContaining('VAT number')] },
  })
})

test('of two that wait the older takes a credit first, and what it leaves behind lowers the other', async () => {
  await ask('PUT', `/api/organizations/${id}/invoicing`, { approval: true })
  await closeUntil(control, '2027-01-02T00:00:00Z')
  expect((await waiting()).map(({ total }) => total)).toEqual(['340.98', '499.00'])
  const credit = await ask('POST', `/api/organizations/${id}/credits`, { amount: '400', reason: 'Agreed' })
  expect(credit.left).toBe('0.00')
  expect((await waiting()).map(({ total }) => total)).toEqual(['0.00', '439.98'])
  const discount = { month: '2026-11', description: 'Discount', amount: '-440.98', reason: 'Agreed' }
  await ask('POST', `/api/organizations/${id}/manual-lines`, discount)
  const [november] = await waiting()
  expect((await waiting()).map(({ total }) => total)).toEqual(['0.00', '99.00'])
  control.time.nowMs += 1000
  await approve(november?.id ?? '')
  const [december] = await waiting()
  expect(december).toMatchObject({
    month: '2026-12',
    total: '0.00',
    creditsApplied: [{ amount: '400.00' }, { amount: '99.00' }],
  })
  await approve(december?.id ?? '')
  expect(await ask('GET', '/api/credits/owed')).toMatchObject({ total: '1.00' })
})
