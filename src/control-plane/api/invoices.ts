import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Kysely } from 'kysely'
import { isMonth } from '../../core/time/month.ts'
import { INVOICE_STATUSES } from '../../core/pricing/invoice-standing.ts'
import { ProblemError } from '../../http/problem.ts'
import { type ReadUsage, draftInvoices, draftOf } from '../invoicing/drafts.ts'
import type { StandingInvoice } from '../invoicing/invoice-formats.ts'
import type { InvoiceDocument } from '../../core/pricing/invoice-document.ts'
import { listInvoices, type StoredInvoice } from '../../store/invoices.ts'
import { findOrganization } from '../../store/organizations.ts'
import type { Page } from '../../store/page.ts'
import type { Schema } from '../../store/schema.ts'
import { type ApiContext, type ApiEnv, type ControlDeps, invoicingOf } from './deps.ts'
import { type Asked, invoiceAnswer, showDraft, showInvoice } from './invoice-answer.ts'
import { answerFormat } from './invoice-formats.ts'
import { happenedTo } from './invoice-history.ts'
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
    const { month: billed, issued } = c.req.valid('query')
    const write = deps.invoiceFormats.csv
    if (write === undefined) throw new ProblemError('not-acceptable', 'This Weir writes no CSV of invoices.')
    const rows = await finalOnes(db, { month: billed, issuedIn: issued }, deps.clock())
    const name = billed ?? `issued-${issued}`
    c.header('content-type', 'text/csv; charset=utf-8')
    c.header('content-disposition', `attachment; filename="invoices-${name}.csv"`)
    return c.body(write(rows))
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

/** So many at once, since each is looked up in what was paid: a database takes some thousand parameters. */
const A_READ = 500

/** All final documents of a month, with how each stands. */
async function finalOnes(
  db: Kysely<Schema>,
  wanted: { readonly month: string | undefined; readonly issuedIn: string | undefined },
  nowMs: number,
): Promise<StandingInvoice[]> {
  const found: StandingInvoice[] = []
  let after: Page['after']
  for (;;) {
    const rows = await listInvoices(db, { ...wanted, status: 'final', limit: A_READ, after })
    const last = rows.at(-1)
    if (last === undefined) return found
    const happened = await happenedTo(db, rows)
    for (const invoice of rows) {
      found.push({ document: invoice.document, status: happened(invoice, nowMs).standing.status })
    }
    after = { ms: last.createdMs, id: last.id }
  }
}

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

const csvQuery = z
  .object({
    month: month.optional().openapi({ description: 'The month billed.' }),
    issued: month.optional().openapi({ description: 'The month of the day of issue (UTC).' }),
  })
  .refine(({ month: billed, issued }) => (billed === undefined) !== (issued === undefined), {
    message: 'Name either `month`, the month billed, or `issued`, the month of issue.',
    path: ['month'],
  })

const csv = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'get',
    path: '/api/invoices.csv',
    middleware: scopes.provider('invoices:read'),
    summary: 'A month’s invoices for accounting',
    description:
      'All final invoices and credit notes, a row a line: those that bill a month (a credit note has the month of its invoice), or those that were issued in one. `status` is as of now.',
    request: { query: csvQuery },
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
