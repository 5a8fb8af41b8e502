import type { Transaction } from 'kysely'
import type { InvoiceStanding } from '../../core/pricing/invoice-standing.ts'
import { monthOf } from '../../core/time/month.ts'
import { ProblemError } from '../../http/problem.ts'
import { draftOf } from '../invoicing/drafts.ts'
import { tellPaid } from '../invoicing/tell-invoice.ts'
import { isClosedMonth } from '../../store/closed-months.ts'
import { findInvoice, type StoredInvoice } from '../../store/invoices.ts'
import type { Schema } from '../../store/schema.ts'
import { subscriptionsOf } from '../../store/subscriptions.ts'
import { change } from './change.ts'
import type { ApiContext, ControlDeps } from './deps.ts'
import { showInvoice } from './invoice-answer.ts'
import { historyOf } from './invoice-history.ts'
import { isProvider } from './people.ts'
import { notFound } from './scope.ts'

// What all verbs on an invoice share.

interface ChangedInvoice {
  readonly shown: StoredInvoice
  readonly action: string
  readonly details: Readonly<Record<string, unknown>>
}

export interface InvoiceVerb {
  (
    trx: Transaction<Schema>,
    invoice: StoredInvoice,
    by: { author: string; nowMs: number },
  ): Promise<ChangedInvoice>
}

/** The invoice is read again in the transaction: two verbs that meet see each other. */
export async function changeInvoice(deps: ControlDeps, c: ApiContext, verb: InvoiceVerb) {
  const { invoice } = c.var
  if (invoice === undefined) throw await notWritten(deps, c.req.param('invoice') ?? '')
  return change(deps, c, async (trx, nowMs) => {
    const found = await findInvoice(trx, invoice.id)
    if (found === undefined) throw notFound('invoice')
    const { shown, action, details } = await verb(trx, found, { author: c.var.actor.id, nowMs })
    const { organizationId } = found
    return {
      body: await showInvoice(trx, shown, { nowMs, toProvider: isProvider(c.var.actor) }),
      audit: { action, subject: found.id, organizationId, details },
    }
  })
}

/** A draft of a month that is open, or one of a month in which nothing was to be billed, or of none that can be. */
async function notWritten({ store: { db }, clock }: ControlDeps, id: string): Promise<ProblemError> {
  const { organizationId = '', month = '' } = draftOf(id) ?? {}
  const [first] = await subscriptionsOf(db, organizationId)
  const isOpen =
    first !== undefined &&
    month >= monthOf(first.fromMs) &&
    month <= monthOf(clock()) &&
    !(await isClosedMonth(db, organizationId, month))
  if (!isOpen) return notFound('invoice')
  return new ProblemError('conflict', `${month} is not closed yet: this is a draft, on which nothing is due.`)
}

/** A payment or a credit note may leave nothing due: then it is paid, once. */
export async function tellIfNowPaid(
  trx: Transaction<Schema>,
  invoice: StoredInvoice,
  before: InvoiceStanding,
  nowMs: number,
): Promise<void> {
  if (before.status === 'paid') return
  const { standing } = await historyOf(trx, invoice, nowMs)
  if (standing.status === 'paid') await tellPaid(trx, invoice, nowMs)
}

/** Throws `conflict` unless it is a final invoice. */
export function refuseUnpayable({ kind, status, document }: StoredInvoice): StoredInvoice['document'] {
  if (kind === 'credit-note') throw new ProblemError('conflict', 'This is a credit note; name an invoice.')
  if (status !== 'final') throw new ProblemError('conflict', 'The invoice waits for approval.')
  return document
}
