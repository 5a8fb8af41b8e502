import { expect } from 'vitest'
import { emptyBatch } from '../../src/store/batch.ts'
import { type StorePlace, openDatabase, openStore } from '../../src/store/open-store.ts'
import { applyBatch } from '../../src/store/recording.ts'
import { type TestWeir, startTestWeir } from '../e2e/harness.ts'
import { type Customer, addCustomers, month, recordUsage, smallPlans } from '../nodes/closing-customers.ts'
import { untilFinished } from '../nodes/closing-watch.ts'

/** A provider and customers of whom every kind of document can be written. */
const billedContract = smallPlans.replace(
  /^currency:/m,
  'provider: { legalName: Chat Inc., address: [1 Main Street], country: US, taxIds: ["12-3456789"] }\ncurrency:',
)
const billing = { legalName: 'Customer GmbH', address: ['Beispielweg 2', 'Berlin'], country: 'DE' }

/** Two seconds before October is closed, by a clock that several Weirs share. */
export const closingClock = () => ({
  startMs: Date.UTC(2026, 10, 1, 23, 59, 58),
  originMs: Date.now(),
  speed: 1,
})
const seedClock = () => ({ startMs: Date.UTC(2026, 9, 1), originMs: Date.now(), speed: 1 })

export interface BooksPlace {
  readonly upstream: string
  readonly settings: { readonly data: string; readonly databaseUrl: string | undefined }
  readonly store: StorePlace
}

/** Customers with an October of users, sockets, requests and outages. Nothing runs on the place afterwards. */
export async function seedOctober({ upstream, settings, store: at }: BooksPlace): Promise<Customer[]> {
  const weir = await startTestWeir({
    upstream,
    contract: () => billedContract,
    settings: { ...settings, testClock: seedClock() },
  })
  const { controlUrl, operatorToken } = weir.weir
  const customers = await addCustomers(controlUrl, { operatorToken }, 4)
  for (const { id } of customers) await weir.control('PATCH', `/api/organizations/${id}`, { billing })
  await weir.stop()
  const store = await openStore(at)
  await recordUsage(store.db, customers)
  const minuteMs = Date.UTC(2026, 9, 5, 12)
  const requests = customers.map(({ appId }, i) => {
    const names = { appId, endpoint: 'SendMessage', platform: 'web', outcome: 'served' as const }
    return { ...names, minuteMs, count: 100 + i, latency: [0, 90, 10 + i] }
  })
  await applyBatch(store.db, { ...emptyBatch('node_1', 2, minuteMs), requests })
  await store.close()
  return customers
}

/** Resolves once a running Weir has closed October; then a part is paid and a part is given back. */
export async function closeOctober(weir: TestWeir, at: StorePlace): Promise<void> {
  const db = openDatabase(at)
  await untilFinished({ db, close: async () => undefined }, 60_000)
  await db.destroy()
  const { items } = await weir.control<{ items: { id: string }[] }>('GET', `/api/invoices?month=${month}`)
  const path = `/api/invoices/${items[0]!.id}`
  await weir.control('POST', `${path}/payments`, { amount: '100.00' })
  await weir.control('POST', `${path}/credit-note`, { amount: '10.00', reason: 'Agreed with sales' })
}

/** Every figure of October as the control API answers with it, by the question. */
export async function octoberFigures(
  weir: TestWeir,
  customers: readonly Customer[],
): Promise<Map<string, string>> {
  const figures = new Map<string, string>()
  const ask = async (path: string, accept = 'application/json') => {
    const headers = { authorization: `Bearer ${weir.weir.operatorToken}`, accept }
    const answer = await fetch(weir.weir.controlUrl + path, { headers })
    const bytes = Buffer.from(await answer.arrayBuffer())
    expect([path, accept, answer.status], bytes.toString()).toEqual([path, accept, 200])
    figures.set(`${accept} ${path}`, bytes.toString('latin1'))
    return bytes
  }
  await ask(`/api/invoices.csv?month=${month}`, 'text/csv')
  await ask('/api/credits/owed')
  for (const { id, appId } of customers) {
    const path = `/api/organizations/${id}`
    await ask(`${path}/usage?month=${month}`)
    await ask(`${path}/usage?month=${month}`, 'text/csv')
    await ask(
      `/api/apps/${appId}/usage?from=2026-10-01T00:00:00Z&to=2026-11-01T00:00:00Z&step=day&by=endpoint`,
    )
    await ask(`${path}/credits`)
    await ask(`${path}/sla?month=${month}`)
    await ask(`${path}/sla/evidence?month=${month}`, 'text/plain')
    const list = await ask(`${path}/invoices?month=${month}`)
    const { items } = JSON.parse(list.toString()) as { items: { id: string }[] }
    for (const invoice of items) {
      for (const accept of ['application/json', 'application/pdf', 'application/xml'])
        await ask(`/api/invoices/${invoice.id}`, accept)
    }
  }
  return figures
}
