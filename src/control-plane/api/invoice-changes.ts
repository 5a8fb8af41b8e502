import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Transaction } from 'kysely'
import { minorUnits } from '../../core/exact/money.ts'
import type { InvoiceStanding } from '../../core/pricing/invoice-standing.ts'
import { monthOf } from '../../core/time/month.ts'
import { ProblemError } from '../../http/problem.ts'
import { newId } from '../../identity/credentials.ts'
import { reverseChargeGaps } from '../documents/reverse-charge.ts'
import { addCreditNote, creditNoteTotal } from '../invoicing/credit-notes.ts'
import { draftOf } from '../invoicing/drafts.ts'
import { tellClosed, tellPaid } from '../invoicing/tell-invoice.ts'
import { approveInvoice } from '../invoicing/waiting-invoices.ts'
import { isClosedMonth } from '../../store/closed-months.ts'
import { findInvoice, type StoredInvoice } from '../../store/invoices.ts'
import { memberNames } from '../../store/members.ts'
import { addPayment, addWriteOff } from '../../store/payments.ts'
import type { Schema } from '../../store/schema.ts'
import { subscriptionsOf } from '../../store/subscriptions.ts'
import { readAmount } from './amounts.ts'
import { change } from './change.ts'
import { type ApiContext, type ApiEnv, type ControlDeps, invoicingOf } from './deps.ts'
import { invoiceAnswer, showInvoice } from './invoice-answer.ts'
import { historyOf } from './invoice-history.ts'
import { instantText } from './instants.ts'
import { isProvider } from './people.ts'
import { amount, answers, instant, invoicePath, jsonBody, label } from './route-parts.ts'
import { notFound, type Scopes } from './scope.ts'
import { wrong } from './subscription-rules.ts'

/** What people do with an invoice. Each verb leaves the invoice itself as it is, but for the approval. */
export function invoiceChangeRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(approve(scopes), async c => c.json(await changeInvoice(deps, c, approval(deps)), 200))
  api.openapi(pay(scopes), async c => {
    const wanted = c.req.valid('json')
    return c.json(await changeInvoice(deps, c, payment(wanted)), 201)
  })
  api.openapi(writeOff(scopes), async c => {
    const { reason } = c.req.valid('json')
    return c.json(await changeInvoice(deps, c, writingOff(reason)), 200)
  })
  api.openapi(creditNote(scopes), async c => {
    const wanted = c.req.valid('json')
    return c.json(await changeInvoice(deps, c, creditNoteFor(wanted)), 201)
  })
}

const common = { tags: ['invoices'], method: 'post' as const }

const approve = (scopes: Scopes) =>
  createRoute({
    ...common,
    path: '/api/invoices/{invoice}/approve',
    middleware: scopes.invoice('invoices:write'),
    summary: 'Approve an invoice',
    description: 'It gets its number and its dates, and never changes again.',
    request: { params: invoicePath },
    responses: answers(200, 'The final invoice.', invoiceAnswer),
  })

const wantedPayment = z.strictObject({
  amount,
  at: instant.optional().openapi({ description: 'Now, if left out.' }),
  reference: label(200).optional().openapi({ example: 'Bank statement 42' }),
})

const pay = (scopes: Scopes) =>
  createRoute({
    ...common,
    path: '/api/invoices/{invoice}/payments',
    middleware: scopes.invoice('invoices:write'),
    summary: 'Record a payment',
    description: 'In whole or in part; more than what is due is refused.',
    request: { params: invoicePath, body: jsonBody(wantedPayment) },
    responses: answers(201, 'The invoice with its payments.', invoiceAnswer),
  })

const reason = label(500).openapi({ example: 'Agreed with the customer' })

const writeOff = (scopes: Scopes) =>
  createRoute({
    ...common,
    path: '/api/invoices/{invoice}/write-off',
    middleware: scopes.invoice('invoices:write'),
    summary: 'Write off what is due',
    description: 'For what nobody expects to be paid any more. The invoice stays as it is.',
    request: { params: invoicePath, body: jsonBody(z.strictObject({ reason })) },
    responses: answers(200, 'The invoice, written off.', invoiceAnswer),
  })

const wantedNote = z
  .strictObject({
    amount: amount.optional(),
    lines: z
      .array(z.strictObject({ description: label(200), amount }))
      .min(1)
      .max(100)
      .optional(),
    reason,
  })
  .refine(({ amount: one, lines }) => (one === undefined) !== (lines === undefined), {
    message: 'Name either `amount` or `lines`.',
    path: ['amount'],
  })
  .openapi({ example: { amount: '100.00', reason: 'Billed twice' } })

const creditNote = (scopes: Scopes) =>
  createRoute({
    ...common,
    path: '/api/invoices/{invoice}/credit-note',
    middleware: scopes.invoice('invoices:write'),
    summary: 'Issue a credit note',
    description:
      'Takes back from a final invoice: amounts before tax, above zero, with the invoice’s own tax.',
    request: { params: invoicePath, body: jsonBody(wantedNote) },
    responses: answers(201, 'The credit note.', invoiceAnswer),
  })

interface ChangedInvoice {
  readonly shown: StoredInvoice
  readonly action: string
  readonly details: Readonly<Record<string, unknown>>
}

interface InvoiceVerb {
  (
    trx: Transaction<Schema>,
    invoice: StoredInvoice,
    by: { author: string; nowMs: number },
  ): Promise<ChangedInvoice>
}

/** The invoice is read again in the transaction: two verbs that meet see each other. */
async function changeInvoice(deps: ControlDeps, c: ApiContext, verb: InvoiceVerb) {
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

function approval(deps: ControlDeps): InvoiceVerb {
  return async (trx, invoice, { nowMs }) => {
    if (invoice.status === 'final') {
      throw new ProblemError('conflict', `It was approved: its number is ${invoice.document.number}.`)
    }
    const shown = await approveInvoice(trx, invoicingOf(deps), invoice, nowMs)
    await tellClosed(trx, deps.mails, shown, nowMs)
    // A person may know better, and has said so.
    const details = { number: shown.document.number, inSpiteOf: reverseChargeGaps(shown.document) }
    return { shown, action: 'invoice.approved', details }
  }
}

function payment({ amount: text, at, reference }: z.output<typeof wantedPayment>): InvoiceVerb {
  return async (trx, invoice, { author, nowMs }) => {
    const { currency } = refuseUnpayable(invoice)
    const paid = readAmount(text, currency)
    const atMs = at === undefined ? nowMs : Date.parse(at)
    if (atMs > nowMs) throw wrong('at', 'Must not lie in the future.')
    const { standing } = await historyOf(trx, invoice, nowMs)
    if (minorUnits(paid, currency.minorDigits) > minorUnits(standing.due, currency.minorDigits)) {
      throw wrong('amount', `More than what is due: ${standing.due} ${currency.code}.`)
    }
    const id = newId('pay')
    const row = {
      id,
      invoiceId: invoice.id,
      amount: paid,
      atMs,
      reference,
      author,
      createdMs: nowMs,
      reverses: undefined,
      reason: undefined,
    }
    await addPayment(trx, row)
    await tellIfNowPaid(trx, invoice, standing, nowMs)
    const details = { amount: paid, at: instantText(atMs), reference: reference ?? null }
    return { shown: invoice, action: 'invoice.payment-recorded', details }
  }
}

function writingOff(why: string): InvoiceVerb {
  return async (trx, invoice, { author, nowMs }) => {
    const { currency } = refuseUnpayable(invoice)
    const { standing } = await historyOf(trx, invoice, nowMs)
    const { due } = standing
    if (minorUnits(due, currency.minorDigits) === 0n) {
      throw new ProblemError('conflict', 'Nothing is due on it any more.')
    }
    await addWriteOff(trx, { invoiceId: invoice.id, amount: due, reason: why, author, atMs: nowMs })
    return { shown: invoice, action: 'invoice.written-off', details: { amount: due, reason: why } }
  }
}

function creditNoteFor({ amount: one, lines, reason: why }: z.output<typeof wantedNote>): InvoiceVerb {
  return async (trx, invoice, { author, nowMs }) => {
    const { currency, number, total } = refuseUnpayable(invoice)
    const wanted = lines ?? [{ description: `Credit on invoice ${number}`, amount: one ?? '' }]
    const nameOf = await memberNames(trx, [author])
    const read = wanted.map(({ description, amount: text }, at) => ({
      description,
      because: `Given back by ${nameOf(author)}.`,
      amount: readAmount(text, currency, lines === undefined ? 'amount' : `lines.${at}.amount`),
    }))
    const units = (text: string) => minorUnits(text, currency.minorDigits)
    const { standing } = await historyOf(trx, invoice, nowMs)
    const left = units(total) - units(standing.credited)
    if (units(creditNoteTotal(invoice, read)) > left) {
      throw wrong(
        'amount',
        'With its tax it is more than what the invoice asked for and was not credited yet.',
      )
    }
    const shown = await addCreditNote(trx, invoice, read, { author, reason: why, nowMs })
    await tellIfNowPaid(trx, invoice, standing, nowMs)
    const { document } = shown
    const details = { number: document.number, total: document.total, reason: why }
    return { shown, action: 'credit-note.issued', details: { ...details, creditNote: shown.id } }
  }
}

/** A payment or a credit note may leave nothing due: then it is paid, once. */
async function tellIfNowPaid(
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
function refuseUnpayable({ kind, status, document }: StoredInvoice): StoredInvoice['document'] {
  if (kind === 'credit-note') throw new ProblemError('conflict', 'This is a credit note; name an invoice.')
  if (status !== 'final') throw new ProblemError('conflict', 'The invoice waits for approval.')
  return document
}
