import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { fromMinorUnits, minorUnits } from '../../core/exact/money.ts'
import { unpaidOf } from '../../core/pricing/invoice-standing.ts'
import { ProblemError } from '../../http/problem.ts'
import { newId } from '../../identity/credentials.ts'
import { tellUnpaid } from '../invoicing/tell-invoice.ts'
import { forgetDueCheck } from '../../store/due-checks.ts'
import { addPayment, type Payment } from '../../store/payments.ts'
import { readAmount } from './amounts.ts'
import { changeInvoice, type InvoiceVerb, refuseUnpayable, tellIfNowPaid } from './change-invoice.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { invoiceAnswer } from './invoice-answer.ts'
import { historyOf } from './invoice-history.ts'
import { instantText } from './instants.ts'
import { amount, answers, instant, invoicePath, jsonBody, label, paymentPath } from './route-parts.ts'
import { notFound, type Scopes } from './scope.ts'
import { wrong } from './subscription-rules.ts'

/** Money that came, that was recorded by mistake, and that was paid back. Nothing recorded is ever changed: what is wrong is taken back. */
export function invoicePaymentRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(pay(scopes), async c => {
    const wanted = c.req.valid('json')
    return c.json(await changeInvoice(deps, c, payment(wanted)), 201)
  })
  api.openapi(reverse(scopes), async c => {
    const { payment: id } = c.req.valid('param')
    const { reason } = c.req.valid('json')
    return c.json(await changeInvoice(deps, c, reversal(id, reason)), 201)
  })
  api.openapi(payBack(scopes), async c => {
    const wanted = c.req.valid('json')
    return c.json(await changeInvoice(deps, c, refund(wanted)), 201)
  })
}

const common = { tags: ['invoices'], method: 'post' as const }

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
    description:
      'In whole or in part; more than what is due is refused. What comes after a write-off is recorded too.',
    request: { params: invoicePath, body: jsonBody(wantedPayment) },
    responses: answers(201, 'The invoice with its payments.', invoiceAnswer),
  })

const reason = label(500).openapi({ example: 'Recorded on the wrong invoice' })

const reverse = (scopes: Scopes) =>
  createRoute({
    ...common,
    path: '/api/invoices/{invoice}/payments/{payment}/reversal',
    middleware: scopes.invoice('invoices:write'),
    summary: 'Take back a payment or a refund that was recorded by mistake',
    description:
      'Once, and all of it. Both stay in the list; the invoice stands as if there had been neither.',
    request: { params: paymentPath, body: jsonBody(z.strictObject({ reason })) },
    responses: answers(201, 'The invoice with its payments.', invoiceAnswer),
  })

const wantedRefund = wantedPayment.extend({ reason })

const payBack = (scopes: Scopes) =>
  createRoute({
    ...common,
    path: '/api/invoices/{invoice}/refunds',
    middleware: scopes.invoice('invoices:write'),
    summary: 'Record that money was paid back',
    description: 'In whole or in part; more than `owedBack` is refused.',
    request: { params: invoicePath, body: jsonBody(wantedRefund) },
    responses: answers(201, 'The invoice with its payments.', invoiceAnswer),
  })

function payment({ amount: text, at, reference }: z.output<typeof wantedPayment>): InvoiceVerb {
  return async (trx, invoice, { author, nowMs }) => {
    const { currency, total } = refuseUnpayable(invoice)
    const paid = readAmount(text, currency)
    const atMs = pastInstant(at, nowMs)
    const { standing, writeOff } = await historyOf(trx, invoice, nowMs)
    const unpaid = unpaidOf(total, standing, currency.minorDigits)
    if (minorUnits(paid, currency.minorDigits) > minorUnits(unpaid, currency.minorDigits)) {
      const words = writeOff === undefined ? 'is due' : 'was left unpaid'
      throw wrong('amount', `More than what ${words}: ${unpaid} ${currency.code}.`)
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

function reversal(paymentId: string, why: string): InvoiceVerb {
  return async (trx, invoice, { author, nowMs }) => {
    const { currency } = invoice.document
    const { payments, standing: before } = await historyOf(trx, invoice, nowMs)
    const wrongOne = payments.find(({ id }) => id === paymentId)
    if (wrongOne === undefined) throw notFound('payment on this invoice')
    refuseSecondReversal(wrongOne, payments)
    const amountBack = negated(wrongOne.amount, currency.minorDigits)
    const left = minorUnits(before.paid, currency.minorDigits) + minorUnits(amountBack, currency.minorDigits)
    if (invoice.kind === 'invoice' && left < 0n) {
      throw new ProblemError('conflict', 'Some of it was paid back since: take that refund back first.')
    }
    const kept = { id: newId('pay'), invoiceId: invoice.id, reference: undefined, author, createdMs: nowMs }
    await addPayment(trx, { ...kept, amount: amountBack, atMs: nowMs, reverses: paymentId, reason: why })
    const { standing } = await historyOf(trx, invoice, nowMs)
    // It was looked at while it was paid: once more then.
    if (isZero(before.due, currency.minorDigits)) await forgetDueCheck(trx, invoice.id)
    if (before.status === 'paid' && standing.status !== 'paid')
      await tellUnpaid(trx, invoice, standing, nowMs)
    await tellIfNowPaid(trx, invoice, before, nowMs)
    const details = { payment: paymentId, amount: amountBack, reason: why }
    return { shown: invoice, action: 'invoice.payment-reversed', details }
  }
}

function refuseSecondReversal({ id, reverses }: Payment, payments: readonly Payment[]): void {
  if (reverses !== undefined) {
    throw new ProblemError('conflict', `This takes back ${reverses}: record the payment anew.`)
  }
  const by = payments.find(each => each.reverses === id)
  if (by !== undefined) throw new ProblemError('conflict', `It was taken back already, by ${by.id}.`)
}

function refund({ amount: text, at, reference, reason: why }: z.output<typeof wantedRefund>): InvoiceVerb {
  return async (trx, invoice, { author, nowMs }) => {
    const { currency, corrects } = invoice.document
    if (invoice.status !== 'final') throw new ProblemError('conflict', 'The invoice waits for approval.')
    if (corrects !== null) {
      throw new ProblemError('conflict', `This takes back from ${corrects}: record the refund there.`)
    }
    const units = (each: string) => minorUnits(each, currency.minorDigits)
    const paidBack = readAmount(text, currency)
    const { standing } = await historyOf(trx, invoice, nowMs)
    if (units(paidBack) > units(standing.owedBack)) {
      throw wrong('amount', `More than what is owed back: ${standing.owedBack} ${currency.code}.`)
    }
    const atMs = pastInstant(at, nowMs)
    const kept = { id: newId('pay'), invoiceId: invoice.id, reference, author, createdMs: nowMs }
    const amountBack = negated(paidBack, currency.minorDigits)
    await addPayment(trx, { ...kept, amount: amountBack, atMs, reverses: undefined, reason: why })
    const details = { amount: paidBack, at: instantText(atMs), reference: reference ?? null, reason: why }
    return { shown: invoice, action: 'invoice.refund-recorded', details }
  }
}

function isZero(text: string, minorDigits: number): boolean {
  return minorUnits(text, minorDigits) === 0n
}

function pastInstant(at: string | undefined, nowMs: number): number {
  const atMs = at === undefined ? nowMs : Date.parse(at)
  if (atMs > nowMs) throw wrong('at', 'Must not lie in the future.')
  return atMs
}

function negated(text: string, minorDigits: number): string {
  return fromMinorUnits(-minorUnits(text, minorDigits), minorDigits)
}
