import { type Expression, type Kysely, PostgresAdapter, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { InvoiceStatus } from '../core/pricing/invoice-standing.ts'
import type { Schema } from './schema.ts'

/**
 * Narrows a query of `invoices` to those that may have a status at an instant. What it leaves out has another one for
 * sure; what it gives has to be looked at, since sums of amounts are made outside of SQL.
 */
export function mayStand(
  db: Kysely<Schema>,
  status: InvoiceStatus | 'final',
  nowMs: number,
): Expression<SqlBool> {
  if (status === 'draft' || status === 'awaiting-approval') return sql`status = 'awaiting-approval'`
  if (status === 'final') return FINAL
  if (status === 'issued') return sql`${FINAL} and kind = 'credit-note'`
  return sql`${FINAL} and kind = 'invoice' and ${conditionOf[status](db, nowMs)}`
}

const FINAL = sql<SqlBool>`status = 'final'`

type Fate = Exclude<InvoiceStatus, 'draft' | 'awaiting-approval' | 'issued'>

const conditionOf: Readonly<Record<Fate, (db: Kysely<Schema>, nowMs: number) => Expression<SqlBool>>> = {
  paid: () => sql`1 = 1`,
  credited: () => sql`exists (select 1 from invoices note where note.corrects = invoices.id)`,
  'written-off': () => WRITTEN_OFF,
  overdue: (db, nowMs) => sql`due_ms <= ${nowMs} and ${expected(db)}`,
  open: (db, nowMs) => sql`(due_ms is null or due_ms > ${nowMs}) and ${expected(db)}`,
  'part-paid': (db, nowMs) =>
    sql`(due_ms is null or due_ms > ${nowMs}) and ${PAYMENTS} > 0 and ${expected(db)}`,
}

const WRITTEN_OFF = sql<SqlBool>`exists (select 1 from write_offs w where w.invoice = invoices.id)`
const PAYMENTS = sql<number>`(select count(*) from payments p where p.invoice = invoices.id)`

/** What a document says, where no column does. */
export function documentText(db: Kysely<Schema>, field: 'total' | 'issuedOn'): RawBuilder<string> {
  return db.getExecutor().adapter instanceof PostgresAdapter
    ? sql<string>`(invoices.document::json ->> ${sql.lit(field)})`
    : sql<string>`(invoices.document ->> ${sql.lit(`$.${field}`)})`
}

/** Not written off, and not paid at once by one payment of just its total, as nearly all are in the end. */
function expected(db: Kysely<Schema>): Expression<SqlBool> {
  const total = documentText(db, 'total')
  return sql`not ${WRITTEN_OFF} and not (
    ${PAYMENTS} = 1 and exists (select 1 from payments p where p.invoice = invoices.id and p.amount = ${total})
  )`
}
