import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

export interface Payment {
  readonly id: string
  readonly invoiceId: string
  /** Below zero: taken back, or paid back. */
  readonly amount: string
  readonly atMs: number
  readonly reference: string | undefined
  readonly author: string
  readonly createdMs: number
  /** The payment that this one takes back. */
  readonly reverses: string | undefined
  /** Why it was taken back or paid back: for the provider alone. */
  readonly reason: string | undefined
}

export interface WriteOff {
  readonly invoiceId: string
  readonly amount: string
  readonly reason: string
  readonly author: string
  readonly atMs: number
}

export async function addPayment(db: Kysely<Schema>, payment: Payment): Promise<void> {
  const { id, invoiceId, amount, atMs, reference, author, createdMs, reverses, reason } = payment
  await db
    .insertInto('payments')
    .values({
      id,
      invoice: invoiceId,
      amount,
      at_ms: atMs,
      reference: reference ?? null,
      author,
      created_ms: createdMs,
      reverses: reverses ?? null,
      reason: reason ?? null,
    })
    .execute()
}

/** Those on each of these invoices that has any, by the instant at which they were paid. */
export async function paymentsOf(
  db: Kysely<Schema>,
  invoiceIds: readonly string[],
): Promise<ReadonlyMap<string, Payment[]>> {
  const rows = await db
    .selectFrom('payments')
    .selectAll()
    .where('invoice', 'in', invoiceIds)
    .orderBy('at_ms')
    .orderBy('created_ms')
    .orderBy('id')
    .execute()
  const payments = rows.map(row => ({
    id: row.id,
    invoiceId: row.invoice,
    amount: row.amount,
    atMs: row.at_ms,
    reference: row.reference ?? undefined,
    author: row.author,
    createdMs: row.created_ms,
    reverses: row.reverses ?? undefined,
    reason: row.reason ?? undefined,
  }))
  return Map.groupBy(payments, ({ invoiceId }) => invoiceId)
}

/** What nobody expects to be paid any more; once an invoice. */
export async function addWriteOff(db: Kysely<Schema>, writeOff: WriteOff): Promise<void> {
  const { invoiceId, amount, reason, author, atMs } = writeOff
  await db
    .insertInto('write_offs')
    .values({ invoice: invoiceId, amount, reason, author, at_ms: atMs })
    .execute()
}

/** By the ids of the invoices that are written off. */
export async function writeOffsOf(
  db: Kysely<Schema>,
  invoiceIds: readonly string[],
): Promise<ReadonlyMap<string, WriteOff>> {
  const rows = await db.selectFrom('write_offs').selectAll().where('invoice', 'in', invoiceIds).execute()
  return new Map(
    rows.map(({ invoice, at_ms: atMs, ...rest }) => [invoice, { ...rest, invoiceId: invoice, atMs }]),
  )
}
