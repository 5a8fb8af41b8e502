import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { isMonth } from '../../core/time/month.ts'
import { INVOICE_STATUSES } from '../../core/pricing/invoice-standing.ts'
import { ProblemError } from '../../http/problem.ts'
import { type ReadUsage, draftInvoices, draftOf } from '../invoicing/drafts.ts'
import type { InvoiceDocument } from '../../core/pricing/invoice-document.ts'
import { listInvoices, type StoredInvoice } from '../../store/invoices.ts'
import { findOrganization } from '../../store/organizations.ts'
import { type ApiContext, type ApiEnv, type ControlDeps, invoicingOf } from './deps.ts'
import { type Asked, invoiceAnswer, showDraft, showInvoice } from './invoice-answer.ts'
import { answerFormat } from './invoice-formats.ts'
import { type ListedInvoice, listShown } from './invoice-list.ts'
import { listAnswer, listOf, pageOf, type PageQuery, pageQuery } from './lists.ts'
import { isProvider } from './people.ts'
import { answers, invoicePath, organizationPath } from './route-parts.ts'
import { notFound, type Scopes } from './scope.ts'

export function invoiceRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  const { db } = deps.store
  api.openapi(listOne(scopes), async c => {
    const query = c.req.valid('query')
    const { organization } = c.var
    if (query.status === 'draft') {
      const items = (await drafts(deps, organization.id)).filter(
        ({ month: of }) => query.month === undefined || of === query.month,
      )
      return c.json({ items: items.map(showDraft), nextCursor: null }, 200)
    }
    return c.json(await page(deps, c, query, organization.id), 200)
  })
  api.openapi(listAll(scopes), async c => {
    const query = c.req.valid('query')
    const { organizationId } = c.var.actor
    if (query.status === 'draft') {
      throw new ProblemError('invalid-query', 'Drafts are read an organization at a time.')
    }
    return c.json(await page(deps, c, query, organizationId ?? query.organization), 200)
  })
  api.openapi(csv(scopes), async c => {
    const { month } = c.req.valid('query')
    const write = deps.invoiceFormats.csv
    if (write === undefined) throw new ProblemError('not-acceptable', 'This Weir writes no CSV of invoices.')
    const all = await listInvoices(db, { month, status: 'final', limit: MOST_IN_CSV, after: undefined })
    c.header('content-type', 'text/csv; charset=utf-8')
    c.header('content-disposition', `attachment; filename="invoices-${month}.csv"`)
    return c.body(write(all.map(({ document }) => document)))
  })
  api.openapi(readOne(scopes), async c => {
    const asked = await askedInvoice(deps, c)
    const document = 'document' in asked ? asked.document : asked
    const file = await answerFormat(deps.invoiceFormats, c, document)
    if (file !== undefined) return file
    return c.json(
      'document' in asked ? await showInvoice(db, asked, askedBy(deps, c)) : showDraft(asked),
      200,
    )
  })
}

/** More than a month of any provider that fits one process. */
const MOST_IN_CSV = 1_000_000

export const month = z
  .string()
  .refine(isMonth, 'Must be a month, such as 2026-11.')
  .openapi({ example: '2026-11' })

const filters = pageQuery.extend({
  status: z
    .enum([...INVOICE_STATUSES, 'final'])
    .optional()
    .openapi({ description: '`final`: all that have a number. `draft`: the months that are still open.' }),
  month: month.optional(),
})

const common = { tags: ['invoices'] }

const listOne = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'get',
    path: '/api/organizations/{organization}/invoices',
    middleware: scopes.organization('invoices:read'),
    summary: 'List an organization’s invoices',
    description: 'Invoices and credit notes in the order in which they were written. Drafts are live.',
    request: { params: organizationPath, query: filters },
    responses: answers(200, 'A page of invoices.', listOf(invoiceAnswer)),
  })

const listAll = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'get',
    path: '/api/invoices',
    middleware: scopes.anyone('invoices:read'),
    summary: 'List invoices',
    description: 'Of all organizations; a customer sees its own alone.',
    request: { query: filters.extend({ organization: z.string().optional() }) },
    responses: answers(200, 'A page of invoices.', listOf(invoiceAnswer)),
  })

const csv = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'get',
    path: '/api/invoices.csv',
    middleware: scopes.provider('invoices:read'),
    summary: 'A month’s invoices for accounting',
    description: 'All final invoices and credit notes of a month, a row a line.',
    request: { query: z.object({ month }) },
    responses: {
      200: { description: 'The rows.', content: { 'text/csv': { schema: z.string() } } },
    },
  })

const readOne = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'get',
    path: '/api/invoices/{invoice}',
    middleware: scopes.invoice('invoices:read'),
    summary: 'Read an invoice',
    description: 'As JSON, or by `Accept` as `application/pdf` or `application/xml` (UBL 2.1).',
    request: { params: invoicePath },
    responses: {
      200: {
        description: 'The invoice, and what was paid on it.',
        content: {
          'application/json': { schema: invoiceAnswer },
          'application/pdf': { schema: z.string() },
          'application/xml': { schema: z.string() },
        },
      },
    },
  })

async function page(
  deps: ControlDeps,
  c: ApiContext,
  query: PageQuery & z.output<typeof filters>,
  organizationId: string | undefined,
) {
  const { status, month: of } = query
  const finalOnly = c.var.actor.organizationId !== undefined
  const filter = { organizationId, month: of, status, finalOnly }
  const rows = await listShown(deps.store.db, filter, pageOf(query), askedBy(deps, c))
  const position = ({ invoice }: ListedInvoice) => ({ ms: invoice.createdMs, id: invoice.id })
  return listAnswer(rows, query, position, ({ shown }) => shown)
}

function askedBy({ clock }: ControlDeps, c: ApiContext): Asked {
  return { nowMs: clock(), toProvider: isProvider(c.var.actor) }
}

async function drafts(deps: ControlDeps, organizationId: string): Promise<InvoiceDocument[]> {
  const organization = await findOrganization(deps.store.db, organizationId)
  if (organization === undefined) throw notFound('organization')
  const { usage } = deps
  const readUsage: ReadUsage = async question => usage.ask('month', question)
  return draftInvoices(deps.store.db, { ...invoicingOf(deps), readUsage }, organization, deps.clock())
}

/** What was written, or the draft of a month that is open. */
async function askedInvoice(deps: ControlDeps, c: ApiContext): Promise<StoredInvoice | InvoiceDocument> {
  if (c.var.invoice !== undefined) return c.var.invoice
  const asked = draftOf(c.req.param('invoice') ?? '')
  if (asked === undefined) throw notFound('invoice')
  const draft = (await drafts(deps, asked.organizationId)).find(each => each.month === asked.month)
  if (draft === undefined) throw notFound('invoice')
  return draft
}
