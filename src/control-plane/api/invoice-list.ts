import type { Kysely } from 'kysely'
import type { z } from '@hono/zod-openapi'
import { type InvoiceStatus } from '../../core/pricing/invoice-standing.ts'
import { listInvoices, type StoredInvoice } from '../../store/invoices.ts'
import type { Page } from '../../store/page.ts'
import type { Schema } from '../../store/schema.ts'
import { type Asked, type invoiceAnswer, showInvoices } from './invoice-answer.ts'

export interface InvoiceFilter {
  readonly organizationId: string | undefined
  readonly month: string | undefined
  /** `final`: whatever has a number. */
  readonly status: InvoiceStatus | 'final' | undefined
  /** What waits for approval is not the customer's to see. */
  readonly finalOnly: boolean
}

export interface ListedInvoice {
  readonly invoice: StoredInvoice
  readonly shown: z.output<typeof invoiceAnswer>
}

/**
 * A page of what was written, in that order. Most states follow from sums and the clock: the store gives what may have
 * one, and that is looked at page by page until enough are found.
 */
export async function listShown(
  db: Kysely<Schema>,
  { organizationId, month, status, finalOnly }: InvoiceFilter,
  page: Page,
  asked: Asked,
): Promise<ListedInvoice[]> {
  const stored = finalOnly || status === 'final' ? 'final' : undefined
  const standing = status === undefined ? undefined : { status, nowMs: asked.nowMs }
  const found: ListedInvoice[] = []
  let after = page.after
  while (found.length < page.limit) {
    const next = { limit: page.limit, after }
    const rows = await listInvoices(db, { ...next, organizationId, month, status: stored, standing })
    for (const [at, shown] of (await showInvoices(db, rows, asked)).entries()) {
      if (status === undefined || status === 'final' || shown.status === status)
        found.push({ invoice: rows[at]!, shown })
    }
    const last = rows.at(-1)
    if (rows.length < page.limit || last === undefined) break
    after = { ms: last.createdMs, id: last.id }
  }
  return found.slice(0, page.limit)
}
