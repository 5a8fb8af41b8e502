import { afterEach, beforeEach, expect, test } from 'vitest'
import { invoicesCsv } from '../documents/invoices-csv.ts'
import { sampleInvoice } from '../documents/sample-invoices.ts'
import { addInvoice } from '../../store/invoices.ts'
import { closeUntil } from './test-closing.ts'
import { addCustomer, type Control, startControl } from './test-control.ts'

let control: Control
let id: string
beforeEach(async () => {
  control = await startControl({ invoiceFormats: { csv: invoicesCsv } })
  id = (await addCustomer(control, 'Acme', 'start')).organizationId
})
afterEach(async () => control.close())

/** Number, status, month billed and day of issue of each document. */
async function documents(query: string): Promise<string[]> {
  const { body } = await control.operator<string>('GET', `/api/invoices.csv?${query}`)
  const rows = body.trim().split('\r\n').slice(1)
  return [
    ...new Set(
      rows
        .map(row => row.split(','))
        .map(([no, , status, , ...at]) => [no, status, ...at.slice(0, 2)].join(' ')),
    ),
  ]
}

test('a credit note is in the file of the month that it is about, and of the month in which it was issued', async () => {
  expect(await closeUntil(control, '2026-12-02T00:00:00Z')).toEqual([])
  const [invoice] = (await control.operator<{ items: { id: string }[] }>('GET', '/api/invoices')).body.items
  control.time.nowMs = Date.parse('2027-02-28T23:59:59.999Z')
  const note = { amount: '40.98', reason: 'Billed twice' }
  await control.operator('POST', `/api/invoices/${invoice?.id}/credit-note`, note)
  const both = ['2026-000001 open 2026-11 2026-12-02', '2027-000001 issued 2026-11 2027-02-28']
  expect(await documents('month=2026-11')).toEqual(both)
  expect(await documents('issued=2026-12')).toEqual([both[0]])
  expect(await documents('issued=2027-02')).toEqual([both[1]])
  expect(await documents('issued=2027-03')).toEqual([])
  await control.operator('POST', `/api/invoices/${invoice?.id}/payments`, { amount: '100' })
  expect(await documents('issued=2026-12')).toEqual(['2026-000001 part-paid 2026-11 2026-12-02'])
  await control.operator('POST', `/api/invoices/${invoice?.id}/payments`, { amount: '200' })
  expect(await documents('issued=2026-12')).toEqual(['2026-000001 paid 2026-11 2026-12-02'])
})

test('it takes one of both months, and says so', async () => {
  for (const query of ['', 'month=2026-11&issued=2026-11']) {
    expect((await control.operator('GET', `/api/invoices.csv?${query}`)).body).toMatchObject({
      code: 'invalid-query',
      mistakes: [{ message: 'Name either `month`, the month billed, or `issued`, the month of issue.' }],
    })
  }
})

test('no document is left out or there twice, however many there are', async () => {
  await control.deps.store.db.transaction().execute(async trx => {
    for (let nth = 0; nth < 1001; nth++) {
      const document = {
        ...sampleInvoice({ id: `inv_${nth}`, number: `2026-${nth}` }),
        issuedOn: '2026-05-02',
      }
      const about = { organizationId: id, month: '2026-04', kind: 'credit-note', status: 'final' } as const
      const unsaid = { corrects: undefined, dueMs: undefined, author: undefined, reason: undefined }
      // Three at a time at one instant.
      await addInvoice(trx, {
        ...about,
        ...unsaid,
        id: document.id,
        document,
        createdMs: Math.floor(nth / 3),
      })
    }
  })
  const found = await documents('issued=2026-05')
  expect(found).toHaveLength(1001)
  expect(await documents('month=2026-04')).toEqual(found)
})
