import type { Kysely } from 'kysely'
import { expect } from 'vitest'
import { checkEvidence } from '../../src/control-plane/availability/check-evidence.ts'
import { webProofs } from '../../src/core/evidence/web-proofs.ts'
import { emptyBatch } from '../../src/store/batch.ts'
import { applyBatch } from '../../src/store/recording.ts'
import type { Schema } from '../../src/store/schema.ts'
import { userKey } from '../../src/store/user-key.ts'
import { chatContract } from '../e2e/harness.ts'
import { type Cluster, ask } from './node-process.ts'

/** The chat contract with plans so small that a few users are beyond them. */
export const smallPlans = chatContract
  .replace('includes: { mau: 10000, connections: 500 }', 'includes: { mau: 10, connections: 3 }')
  .replace('includes: { mau: 50000, connections: 2500 }', 'includes: { mau: 20, connections: 5 }')

/** When the customers come, and the month that is closed. */
export const seedClock = '2026-10-01T00:00:00Z'
export const month = '2026-10'
/** Two seconds before the month's hours of grace are over, by a clock that all processes share. */
export const closingClock = () => `2026-11-01T23:59:58Z,1,${new Date().toISOString()}`

export interface Customer {
  readonly id: string
  readonly appId: string
}

/** Customers that differ in plan, tax, credits and lines of their own, ascending by id as they are closed. */
export async function addCustomers(
  control: string,
  cluster: Pick<Cluster, 'operatorToken'>,
  count: number,
): Promise<Customer[]> {
  const send = async (method: string, path: string, body: object) => {
    const answer = await ask<{ id: string }>(control, cluster, [method, path], body)
    expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300)
    return answer.body.id
  }
  const customers: Customer[] = []
  for (let i = 0; i < count; i++) {
    const plan = i % 2 ? 'growth' : 'start'
    const id = await send('POST', '/api/organizations', { name: `Customer ${i}`, plan })
    const path = `/api/organizations/${id}`
    customers.push({ id, appId: await send('POST', `${path}/apps`, { name: 'App' }) })
    const reason = 'Agreed with sales'
    if (i % 3 === 0) await send('POST', `${path}/credits`, { amount: '50.00', reason })
    if (i % 4 === 0) await send('PUT', `${path}/invoicing`, { tax: { kind: 'rate', percent: '19' } })
    if (i % 5 === 0) {
      const line = { month, description: 'Training', amount: '12.34', reason }
      await send('POST', `${path}/manual-lines`, line)
    }
  }
  return customers.toSorted((one, other) => (one.id < other.id ? -1 : 1))
}

/** What one node saw of them in October: no two used the same, and none was down for as long as another. */
export async function recordUsage(db: Kysely<Schema>, customers: readonly Customer[]): Promise<void> {
  const atMs = Date.UTC(2026, 9, 5)
  const users = customers.flatMap(({ appId }, i) =>
    Array.from({ length: 3 + i }, (_, user) => ({ appId, userKey: userKey(appId, `${user}`), atMs })),
  )
  const opened = customers.flatMap(({ appId, id }, i) =>
    Array.from({ length: i % 8 }, (_, at) => ({
      id: `${id}-${at}`,
      appId,
      userKey: userKey(appId, `${at}`),
      platform: 'web',
      endpoint: 'Connect',
      atMs,
    })),
  )
  const closed = opened.map(({ id }) => ({ id, atMs: atMs + 3_600_000 }))
  const slices = customers.flatMap(({ appId }, i) =>
    // Each beyond what the promise allows: 1,339 seconds.
    Array.from({ length: 140 + i }, (_, at) => {
      return { name: appId, sliceMs: atMs + at * 10_000, seconds: 10, valid: 100, failed: 100 }
    }),
  )
  await applyBatch(db, {
    ...emptyBatch('node_1', 1, atMs + 3_600_000),
    users,
    opened,
    closed,
    appSlices: slices,
  })
}

/** All that closing months writes. */
export async function closedBooks(db: Kysely<Schema>) {
  const invoices = await db.selectFrom('invoices').selectAll().orderBy('number').execute()
  return {
    invoices,
    months: await db.selectFrom('closed_months').selectAll().orderBy('organization').execute(),
    numbers: await db.selectFrom('invoice_numbers').selectAll().execute(),
    creditUses: await db.selectFrom('credit_uses').selectAll().orderBy('credit').execute(),
    credits: await db.selectFrom('credits').selectAll().orderBy('id').execute(),
    evidence: await db.selectFrom('evidence').selectAll().orderBy('organization').execute(),
    corrections: await db.selectFrom('corrections').selectAll().execute(),
    audit: await db.selectFrom('audit').selectAll().where('action', '=', 'month.closed').execute(),
  }
}

type Books = Awaited<ReturnType<typeof closedBooks>>

/** What an undisturbed run on the same data writes too: all but the invoices' ids and the very instants. */
export function amountsOf({ invoices, creditUses, evidence }: Books) {
  const numberOf = new Map(invoices.map(({ id, number }) => [id, number]))
  return {
    documents: invoices.map(({ organization, document }) => {
      const { id: _, ...rest } = JSON.parse(document) as Record<string, unknown>
      return { organization, ...rest }
    }),
    creditUses: creditUses.map(use => ({ ...use, invoice: numberOf.get(use.invoice) })),
    evidence: evidence.map(({ organization, file }) => [organization, new TextDecoder().decode(file)]),
  }
}

/** Each month that is closed has its evidence, which holds and owes the credit that was granted; no other has. */
export async function expectEvidence({ months, credits, evidence }: Books): Promise<void> {
  expect(evidence.map(each => each.organization)).toEqual(months.map(each => each.organization))
  for (const { organization, file, head } of evidence) {
    const { holds, breaks } = await checkEvidence(file, webProofs(crypto.subtle), { head })
    expect([organization, breaks, holds]).toEqual([organization, [], true])
    const granted = credits.find(each => each.organization === organization && each.source === 'sla')
    expect(new TextDecoder().decode(file)).toContain(`"owed":"${granted?.amount ?? '0.00'}"`)
  }
}

/** Every organization has exactly one invoice for the month, and its month was closed once. */
export function expectClosedOnce(books: Books, customers: readonly Customer[]): void {
  const ids = customers.map(({ id }) => id)
  const expected = ids.map((_, at) => `2026-${String(at + 1).padStart(6, '0')}`)
  expect(books.invoices.map(({ number }) => number)).toEqual(expected)
  expect(books.numbers).toEqual([{ series: '2026', last: ids.length }])
  expect(books.invoices.map(({ organization }) => organization).toSorted()).toEqual(ids)
  expect(books.invoices.every(each => each.month === month && each.status === 'final')).toBe(true)
  expect(books.months.map(each => each.organization)).toEqual(ids)
  expect(new Set(books.audit.map(each => each.organization))).toEqual(new Set(ids))
  expect(books.audit).toHaveLength(ids.length)
}
