import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Transaction } from 'kysely'
import { monthOf } from '../../core/time/month.ts'
import { ProblemError } from '../../http/problem.ts'
import { newId } from '../../identity/credentials.ts'
import { reckonWaiting } from '../invoicing/waiting-invoices.ts'
import { isClosedMonth } from '../../store/closed-months.ts'
import { invoiceOfMonth } from '../../store/invoices.ts'
import { addManualLine, type ManualLine, manualLinesOf } from '../../store/manual-lines.ts'
import { memberNames } from '../../store/members.ts'
import type { Schema } from '../../store/schema.ts'
import { subscriptionsOf } from '../../store/subscriptions.ts'
import { readAmount, signedAmount } from './amounts.ts'
import { change } from './change.ts'
import { type ApiEnv, type ControlDeps, invoicingOf } from './deps.ts'
import { instantText } from './instants.ts'
import { month } from './invoices.ts'
import { internalReason, isProvider, personFields, showPerson } from './people.ts'
import { answers, jsonBody, label, organizationPath } from './route-parts.ts'
import type { Scopes } from './scope.ts'
import { wrong } from './subscription-rules.ts'

export function manualLineRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(add(scopes), async c => {
    const { id: organizationId } = c.var.organization
    const wanted = c.req.valid('json')
    const { currency } = deps.contracts.inForce().contract
    const body = await change(deps, c, async (trx, nowMs) => {
      const line: ManualLine = {
        id: newId('lin'),
        organizationId,
        month: wanted.month ?? monthOf(nowMs),
        currency: currency.code,
        description: wanted.description,
        amount: readAmount(wanted.amount, currency),
        reason: wanted.reason,
        author: c.var.actor.id,
        createdMs: nowMs,
      }
      await addToOpenMonth(deps, trx, line, nowMs)
      const shown = show(line, await memberNames(trx, [line.author]), isProvider(c.var.actor))
      const { id: _, author: _by, authorName: _name, ...details } = shown
      return {
        body: shown,
        audit: { action: 'manual-line.added', subject: line.id, organizationId, details },
      }
    })
    return c.json(body, 201)
  })
  api.openapi(list(scopes), async c => {
    const { month: of = monthOf(deps.clock()) } = c.req.valid('query')
    const lines = await manualLinesOf(deps.store.db, c.var.organization.id, of)
    const nameOf = await memberNames(
      deps.store.db,
      lines.map(({ author }) => author),
    )
    const toProvider = isProvider(c.var.actor)
    return c.json({ items: lines.map(line => show(line, nameOf, toProvider)) }, 200)
  })
}

const lineAnswer = z
  .object({
    id: z.string(),
    month: z.string(),
    description: z.string(),
    amount: z.string(),
    currency: z.string(),
    reason: internalReason,
    ...personFields,
    createdAt: z.string(),
  })
  .openapi('ManualLine')

const wantedLine = z.strictObject({
  month: month.optional().openapi({ description: 'The running one, if left out; it must not be closed.' }),
  description: label(200).openapi({ example: 'Migration, two days' }),
  amount: signedAmount,
  reason: label(500).openapi({ example: 'Order 4711' }),
})

const add = (scopes: Scopes) =>
  createRoute({
    tags: ['invoices'],
    method: 'post',
    path: '/api/organizations/{organization}/manual-lines',
    middleware: scopes.organization('invoices:write'),
    summary: 'Add a line to an open month',
    description:
      'A fee or, below zero, a discount. The customer reads its description and who added it; the reason is the provider’s own. An invoice that waits for approval is reckoned anew.',
    request: { params: organizationPath, body: jsonBody(wantedLine) },
    responses: answers(201, 'The line.', lineAnswer),
  })

const list = (scopes: Scopes) =>
  createRoute({
    tags: ['invoices'],
    method: 'get',
    path: '/api/organizations/{organization}/manual-lines',
    middleware: scopes.organization('invoices:read'),
    summary: 'List the lines that people added to a month',
    request: { params: organizationPath, query: z.object({ month: month.optional() }) },
    responses: answers(
      200,
      'In the order in which they were added.',
      z.object({ items: z.array(lineAnswer) }),
    ),
  })

/** A closed month never changes; one whose invoice waits for approval is not final yet. */
async function addToOpenMonth(
  deps: ControlDeps,
  trx: Transaction<Schema>,
  line: ManualLine,
  nowMs: number,
): Promise<void> {
  const { organizationId, month: of } = line
  const [first] = await subscriptionsOf(trx, organizationId)
  if (first === undefined) throw new ProblemError('conflict', 'The organization never held a plan.')
  const [from, to] = [monthOf(first.fromMs), monthOf(nowMs)]
  if (of < from || of > to) throw wrong('month', `Name a month from ${from} to ${to}.`)
  const invoice = await invoiceOfMonth(trx, organizationId, of)
  const isClosed = await isClosedMonth(trx, organizationId, of)
  if (isClosed && invoice?.status !== 'awaiting-approval') {
    throw new ProblemError('conflict', `${of} is closed and never changes; add the line to a later month.`)
  }
  await addManualLine(trx, line)
  await reckonWaiting(trx, invoicingOf(deps), organizationId)
}

function show(
  { id, month: of, description, amount, currency, reason, author, createdMs }: ManualLine,
  nameOf: (id: string) => string,
  toProvider: boolean,
) {
  return {
    id,
    month: of,
    description,
    amount,
    currency,
    reason: toProvider ? reason : null,
    ...showPerson(author, nameOf, toProvider),
    createdAt: instantText(createdMs),
  }
}
