import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { TaxRule } from '../../core/pricing/tax.ts'
import { startOfNextMonth } from './instants.ts'
import { ProblemError } from '../../http/problem.ts'
import {
  type InvoicingSettings,
  invoicingSettingsOf,
  setInvoicingSettings,
} from '../../store/invoicing-settings.ts'
import { reverseChargeGaps } from '../documents/reverse-charge.ts'
import { customerOf } from '../invoicing/reckon-month.ts'
import { reckonWaiting } from '../invoicing/waiting-invoices.ts'
import { leavingOf, setLeaving } from '../../store/leavings.ts'
import type { Organization } from '../../store/organizations.ts'
import { change } from './change.ts'
import { type ApiEnv, type ControlDeps, invoicingOf } from './deps.ts'
import { effectiveFrom, instantText } from './instants.ts'
import { answers, instant, jsonBody, label, organizationPath } from './route-parts.ts'
import type { Scopes } from './scope.ts'

/** How an organization is billed, and that it leaves. */
export function invoicingRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(read(scopes), async c =>
    c.json(
      show(deps, c.var.organization, await invoicingSettingsOf(deps.store.db, c.var.organization.id)),
      200,
    ),
  )
  api.openapi(put(scopes), async c => {
    const { organization } = c.var
    const { id } = organization
    const { tax, purchaseOrder, approval } = c.req.valid('json')
    const settings = { tax: tax ?? undefined, purchaseOrder: purchaseOrder ?? undefined, approval }
    const body = await change(deps, c, async trx => {
      await setInvoicingSettings(trx, id, settings)
      await reckonWaiting(trx, invoicingOf(deps), id)
      const shown = show(deps, organization, settings)
      const audit = { action: 'invoicing.changed', subject: id, organizationId: id, details: shown }
      return { body: shown, audit }
    })
    return c.json(body, 200)
  })
  api.openapi(leave(scopes), async c => {
    const { id } = c.var.organization
    const { at, reason } = c.req.valid('json')
    const body = await change(deps, c, async (trx, nowMs) => {
      const already = await leavingOf(trx, id)
      if (already !== undefined && already.atMs <= nowMs) {
        throw new ProblemError('conflict', `It left at ${instantText(already.atMs)}.`)
      }
      const atMs = at === undefined ? startOfNextMonth(nowMs) : effectiveFrom(at, nowMs)
      await setLeaving(trx, id, { atMs, reason, author: c.var.actor.id })
      const details = { at: instantText(atMs), reason }
      return {
        body: details,
        audit: { action: 'organization.leaves', subject: id, organizationId: id, details },
      }
    })
    return c.json(body, 200)
  })
  api.openapi(stay(scopes), async c => {
    const { id } = c.var.organization
    await change(deps, c, async (trx, nowMs) => {
      const leaving = await leavingOf(trx, id)
      if (leaving === undefined || leaving.atMs <= nowMs) {
        throw new ProblemError('conflict', 'It is not about to leave.')
      }
      await setLeaving(trx, id, undefined)
      return { body: null, audit: { action: 'organization.stays', subject: id, organizationId: id } }
    })
    return c.body(null, 204)
  })
}

const taxRule = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('rate'),
    percent: z.string().regex(/^(100|\d{1,2}(\.\d{1,4})?)$/, 'Must be a percentage as text, such as "19".'),
  }),
  z.strictObject({ kind: z.literal('exempt'), reason: label(200) }),
  z.strictObject({ kind: z.literal('reverse-charge') }),
])

const settingsBody = z
  .strictObject({
    tax: taxRule
      .nullable()
      .default(null)
      .openapi({
        description: 'null: the percentage of the contract.',
        example: { kind: 'rate', percent: '19' },
      }),
    purchaseOrder: label(100).nullable().default(null).openapi({ example: 'PO-2026-117' }),
    approval: z
      .boolean()
      .default(false)
      .openapi({ description: 'True: each invoice waits for a person before it gets its number.' }),
  })
  .openapi('Invoicing')

const settingsAnswer = settingsBody
  .extend({
    warnings: z.array(z.string()).openapi({
      description: 'What invoices written like this lack: each waits for a person then, and says so.',
    }),
  })
  .openapi('InvoicingAnswer')

const path = '/api/organizations/{organization}/invoicing'

const read = (scopes: Scopes) =>
  createRoute({
    tags: ['invoices'],
    method: 'get',
    path,
    middleware: scopes.organization('invoices:read'),
    summary: 'How an organization is billed',
    request: { params: organizationPath },
    responses: answers(200, 'Tax, purchase order, approval.', settingsAnswer),
  })

const put = (scopes: Scopes) =>
  createRoute({
    tags: ['invoices'],
    method: 'put',
    path,
    middleware: scopes.organization('invoices:write'),
    summary: 'Say how an organization is billed',
    description:
      'Replaces it as a whole. Final invoices stay as they are; what waits for approval is reckoned anew.',
    request: { params: organizationPath, body: jsonBody(settingsBody) },
    responses: answers(200, 'What holds now.', settingsAnswer),
  })

const leavingPath = '/api/organizations/{organization}/leaving'

const leave = (scopes: Scopes) =>
  createRoute({
    tags: ['organizations'],
    method: 'put',
    path: leavingPath,
    middleware: scopes.organization('subscription:write'),
    summary: 'A customer leaves',
    description:
      'From that instant on it holds no plan and pays for none; what is left of its credits becomes a credit note when the month closes. Its apps go on until they are suspended.',
    request: {
      params: organizationPath,
      body: jsonBody(
        z.strictObject({
          at: instant.optional().openapi({ description: 'The end of the running month, if left out.' }),
          reason: label(500).openapi({ example: 'Notice of 3 November' }),
        }),
      ),
    },
    responses: answers(200, 'When it leaves.', z.object({ at: z.string(), reason: z.string() })),
  })

const stay = (scopes: Scopes) =>
  createRoute({
    tags: ['organizations'],
    method: 'delete',
    path: leavingPath,
    middleware: scopes.organization('subscription:write'),
    summary: 'A customer stays after all',
    description: 'As long as it has not left.',
    request: { params: organizationPath },
    responses: { 204: { description: 'It stays.' } },
  })

function show({ contracts }: ControlDeps, organization: Organization, settings: InvoicingSettings) {
  const { tax, purchaseOrder, approval } = settings
  const provider = contracts.inForce().contract.provider ?? null
  const customer = customerOf(organization, settings)
  return {
    tax: tax === undefined ? null : shownRule(tax),
    purchaseOrder: purchaseOrder ?? null,
    approval,
    warnings: tax === undefined ? [] : reverseChargeGaps({ tax, customer, provider }),
  }
}

function shownRule(rule: TaxRule): z.output<typeof taxRule> {
  return { ...rule }
}
