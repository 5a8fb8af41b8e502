import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { minorUnits } from '../../core/exact/money.ts'
import { ProblemError } from '../../http/problem.ts'
import { reverseChargeGaps } from '../documents/reverse-charge.ts'
import { addCreditNote, creditNoteTotal } from '../invoicing/credit-notes.ts'
import { tellClosed } from '../invoicing/tell-invoice.ts'
import { approveInvoice } from '../invoicing/waiting-invoices.ts'
import { memberNames } from '../../store/members.ts'
import { addWriteOff } from '../../store/payments.ts'
import { readAmount } from './amounts.ts'
import { changeInvoice, type InvoiceVerb, refuseUnpayable, tellIfNowPaid } from './change-invoice.ts'
import { type ApiEnv, type ControlDeps, invoicingOf } from './deps.ts'
import { invoiceAnswer } from './invoice-answer.ts'
import { historyOf } from './invoice-history.ts'
import { amount, answers, invoicePath, jsonBody, label } from './route-parts.ts'
import type { Scopes } from './scope.ts'
import { wrong } from './subscription-rules.ts'

/** What people do with an invoice. Each verb leaves the invoice itself as it is, but for the approval. */
export function invoiceChangeRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(approve(scopes), async c => c.json(await changeInvoice(deps, c, approval(deps)), 200))
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
    description: 'It is reckoned once more, gets its number and its dates, and never changes again.',
    request: { params: invoicePath },
    responses: answers(200, 'The final invoice.', invoiceAnswer),
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
