import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PrivatePostgres, startPrivatePostgres } from '../../../test/private-postgres.ts'
import { INVOICE_STATUSES } from '../../core/pricing/invoice-standing.ts'
import { addInvoice, listInvoices, type StoredInvoice } from '../../store/invoices.ts'
import { type Store, openStore } from '../../store/open-store.ts'
import { addPayment, addWriteOff } from '../../store/payments.ts'
import { sampleInvoice } from '../documents/sample-invoices.ts'
import { addHolder, at } from '../invoicing/test-customers.ts'
import { listShown } from './invoice-list.ts'

const NOW_MS = at('2026-06-15')
const { total } = sampleInvoice()

/** What was paid, in parts; the last is paid and partly paid back. */
const PAYMENTS = [[], ['100.00'], [total], ['100.00', total], [total, '-100.00']]
const DUE = [undefined, NOW_MS - 1, NOW_MS, NOW_MS + 1]
const CREDITED = [undefined, '1.00', total]

let directory: string
let postgres: PrivatePostgres
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'weir-list-'))
  postgres = await startPrivatePostgres()
})
afterAll(async () => {
  await postgres.stop()
  rmSync(directory, { recursive: true })
})

const said = { author: undefined, reason: undefined }

let made = 0
async function write(store: Store, organizationId: string, more: Partial<StoredInvoice>): Promise<string> {
  const id = `inv_${`${++made}`.padStart(4, '0')}`
  const document = { ...sampleInvoice({ id, number: `2026-${made}` }), ...more.document }
  const base = { id, organizationId, month: `${3000 + made}-01`, kind: 'invoice', status: 'final' } as const
  // Two at a time at one instant: a page may end between them.
  const createdMs = Math.floor(made / 2)
  await addInvoice(store.db, {
    ...base,
    ...said,
    corrects: undefined,
    dueMs: undefined,
    createdMs,
    ...more,
    document,
  })
  return id
}

/** An invoice of every fate there is. */
async function everyFate(store: Store): Promise<string> {
  const organizationId = await addHolder(store.db, 'acme', '2026-01-01')
  const waiting = { ...sampleInvoice(), number: null, status: 'awaiting-approval' as const }
  await write(store, organizationId, { status: 'awaiting-approval', document: waiting })
  for (const dueMs of DUE) {
    for (const paid of PAYMENTS) {
      for (const credited of CREDITED) {
        for (const writtenOff of [false, true]) {
          const id = await write(store, organizationId, { dueMs })
          const author = 'operator'
          for (const [nth, amount] of paid.entries()) {
            const payment = { id: `pay_${id}_${nth}`, invoiceId: id, amount, author, createdMs: 1 }
            await addPayment(store.db, {
              ...payment,
              atMs: 1,
              reference: undefined,
              reverses: undefined,
              reason: undefined,
            })
          }
          if (writtenOff)
            await addWriteOff(store.db, { invoiceId: id, amount: '1.00', reason: '', author, atMs: 1 })
          if (credited === undefined) continue
          const note = { ...sampleInvoice(), total: credited, number: `note-${id}` }
          await write(store, organizationId, { kind: 'credit-note', corrects: id, document: note })
        }
      }
    }
  }
  return organizationId
}

describe.each(['SQLite', 'Postgres'])('%s: a list of invoices', name => {
  let store: Store
  beforeAll(async () => {
    const place =
      name === 'SQLite' ? { file: join(directory, 'weir.db') } : { url: await postgres.createDatabase() }
    store = await openStore(place)
    await everyFate(store)
  })
  afterAll(async () => store.close())

  const list = async (status: (typeof INVOICE_STATUSES)[number] | undefined, limit: number) => {
    const filter = { organizationId: 'org_acme', month: undefined, status, finalOnly: false }
    const shown: { id: string; status: string }[] = []
    let after: { ms: number; id: string } | undefined
    for (;;) {
      const page = await listShown(store.db, filter, { limit, after }, { nowMs: NOW_MS, toProvider: true })
      shown.push(...page.map(each => ({ id: each.invoice.id, status: each.shown.status })))
      const last = page.at(-1)?.invoice
      if (last === undefined || page.length < limit) return shown
      after = { ms: last.createdMs, id: last.id }
    }
  }

  test('by status gives exactly those that stand so, in the order of all, however long the pages', async () => {
    const all = await list(undefined, 1000)
    expect(new Set(all.map(({ status }) => status)).size).toBe(INVOICE_STATUSES.length - 1)
    for (const status of INVOICE_STATUSES.filter(each => each !== 'draft')) {
      const expected = all.filter(each => each.status === status)
      expect(await list(status, 1000)).toEqual(expected)
      expect(await list(status, 3)).toEqual(expected)
    }
  })

  test('that wait for money are found without looking at those that were paid at once', async () => {
    for (const status of ['open', 'part-paid', 'overdue'] as const) {
      const standing = { status, nowMs: NOW_MS }
      const found = await listInvoices(store.db, { limit: 1000, after: undefined, standing })
      const paidAtOnce = await store.db
        .selectFrom('payments')
        .select('invoice')
        .groupBy('invoice')
        .having(({ fn }) => fn.countAll(), '=', 1)
        .having(({ fn }) => fn.max('amount'), '=', total)
        .execute()
      expect(paidAtOnce.length).toBeGreaterThan(0)
      expect(found.filter(({ id }) => paidAtOnce.some(({ invoice }) => invoice === id))).toEqual([])
      expect(found.length).toBeGreaterThan(0)
    }
  })
})
