import { type Kysely, sql } from 'kysely'
import type { InvoiceDocument } from '../core/pricing/invoice-document.ts'
import type { InvoiceLine } from '../core/pricing/invoice-line.ts'
import type { InvoiceStatus } from '../core/pricing/invoice-standing.ts'
import { after, type Page } from './page.ts'
import { documentText, mayStand } from './invoice-standings.ts'
import type { Schema } from './schema.ts'

/** An invoice or a credit note as it was written. A final one never changes; what is paid on it is kept apart. */
export interface StoredInvoice {
  readonly id: string
  readonly organizationId: string
  readonly month: string
  readonly kind: 'invoice' | 'credit-note'
  readonly status: 'awaiting-approval' | 'final'
  /** Of a credit note: the id of the invoice it takes back from, if it is one. */
  readonly corrects: string | undefined
  readonly document: InvoiceDocument
  /** From this instant on it is overdue. */
  readonly dueMs: number | undefined
  readonly createdMs: number
  /** Of a credit note: who issued it. */
  readonly author: string | undefined
  /** Of a credit note: why, for the provider alone. */
  readonly reason: string | undefined
}

export async function addInvoice(db: Kysely<Schema>, invoice: StoredInvoice): Promise<void> {
  await db.insertInto('invoices').values(toRow(invoice)).execute()
}

/** Puts another text in the place of one that waits for approval; the database refuses it for a final one. */
export async function replaceWaitingInvoice(db: Kysely<Schema>, invoice: StoredInvoice): Promise<void> {
  const { id, organization: _, ...row } = toRow(invoice)
  await db.updateTable('invoices').set(row).where('id', '=', id).execute()
}

export async function findInvoice(db: Kysely<Schema>, id: string): Promise<StoredInvoice | undefined> {
  const row = await db.selectFrom('invoices').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : fromRow(row)
}

/** The invoice of a month; credit notes are none. */
export async function invoiceOfMonth(
  db: Kysely<Schema>,
  organizationId: string,
  month: string,
): Promise<StoredInvoice | undefined> {
  const row = await db
    .selectFrom('invoices')
    .selectAll()
    .where('organization', '=', organizationId)
    .where('month', '=', month)
    .where('kind', '=', 'invoice')
    .executeTakeFirst()
  return row === undefined ? undefined : fromRow(row)
}

/** In the order in which they were written; what is undefined narrows nothing. */
export async function listInvoices(
  db: Kysely<Schema>,
  page: Page & {
    readonly organizationId?: string | undefined
    readonly month?: string | undefined
    /** The month of the day of issue; only what is final has one. */
    readonly issuedIn?: string | undefined
    readonly status?: StoredInvoice['status'] | undefined
    /** Those that may stand so at an instant, and some that do not: see `mayStand`. */
    readonly standing?: { readonly status: InvoiceStatus | 'final'; readonly nowMs: number } | undefined
  },
): Promise<StoredInvoice[]> {
  let query = db.selectFrom('invoices').selectAll()
  if (page.organizationId !== undefined) query = query.where('organization', '=', page.organizationId)
  if (page.month !== undefined) query = query.where('month', '=', page.month)
  if (page.issuedIn !== undefined) {
    query = query.where(documentText(db, 'issuedOn'), 'like', `${page.issuedIn}-%`)
  }
  if (page.status !== undefined) query = query.where('status', '=', page.status)
  if (page.standing !== undefined) {
    query = query.where(mayStand(db, page.standing.status, page.standing.nowMs))
  }
  if (page.after !== undefined) query = query.where(after('created_ms', page.after))
  const rows = await query.orderBy('created_ms').orderBy('id').limit(page.limit).execute()
  return rows.map(fromRow)
}

/** The final credit notes on each of these invoices that has any, oldest first. */
export async function creditNotesOf(
  db: Kysely<Schema>,
  invoiceIds: readonly string[],
): Promise<ReadonlyMap<string | undefined, StoredInvoice[]>> {
  const rows = await db
    .selectFrom('invoices')
    .selectAll()
    .where('corrects', 'in', invoiceIds)
    .orderBy('created_ms')
    .orderBy('id')
    .execute()
  return Map.groupBy(rows.map(fromRow), ({ corrects }) => corrects)
}

/**
 * The next number of a series, from 1. Taken in the transaction that uses it, so that one that is rolled back leaves
 * no gap; two that meet wait for each other.
 */
export async function takeNumber(db: Kysely<Schema>, series: string): Promise<number> {
  const { last } = await db
    .insertInto('invoice_numbers')
    .values({ series, last: 1 })
    .onConflict(conflict =>
      conflict.column('series').doUpdateSet({ last: sql<number>`invoice_numbers.last + 1` }),
    )
    .returning('last')
    .executeTakeFirstOrThrow()
  return last
}

/** Notes that an invoice holds a line which puts right an earlier month. */
export async function addCorrection(
  db: Kysely<Schema>,
  correction: { readonly invoiceId: string; readonly month: string; readonly line: InvoiceLine },
): Promise<void> {
  const { invoiceId, month, line } = correction
  await db
    .insertInto('corrections')
    .values({ invoice: invoiceId, month, line: JSON.stringify(line) })
    .execute()
}

/** Those of a month that later invoices of the organization hold. */
export async function correctionsOf(
  db: Kysely<Schema>,
  organizationId: string,
  month: string,
): Promise<InvoiceLine[]> {
  const rows = await db
    .selectFrom('corrections')
    .innerJoin('invoices', 'invoices.id', 'corrections.invoice')
    .select('corrections.line')
    .where('invoices.organization', '=', organizationId)
    .where('corrections.month', '=', month)
    .execute()
  return rows.map(({ line }) => JSON.parse(line) as InvoiceLine)
}

/** Those that an invoice holds, with the month each puts right. */
export async function correctionsIn(
  db: Kysely<Schema>,
  invoiceId: string,
): Promise<{ month: string; line: InvoiceLine }[]> {
  const rows = await db
    .selectFrom('corrections')
    .select(['month', 'line'])
    .where('invoice', '=', invoiceId)
    .orderBy('month')
    .execute()
  return rows.map(({ month, line }) => ({ month, line: JSON.parse(line) as InvoiceLine }))
}

function toRow(invoice: StoredInvoice): Schema['invoices'] {
  const { id, organizationId, month, kind, status, corrects, document, dueMs, createdMs, author, reason } =
    invoice
  return {
    id,
    organization: organizationId,
    month,
    kind,
    status,
    number: document.number,
    corrects: corrects ?? null,
    document: JSON.stringify(document),
    due_ms: dueMs ?? null,
    created_ms: createdMs,
    author: author ?? null,
    reason: reason ?? null,
  }
}

function fromRow(row: Schema['invoices']): StoredInvoice {
  return {
    id: row.id,
    organizationId: row.organization,
    month: row.month,
    kind: row.kind,
    status: row.status,
    corrects: row.corrects ?? undefined,
    document: JSON.parse(row.document) as InvoiceDocument,
    dueMs: row.due_ms ?? undefined,
    createdMs: row.created_ms,
    author: row.author ?? undefined,
    reason: row.reason ?? undefined,
  }
}
