import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Kysely } from 'kysely'
import type { Currency } from '../../core/contract/contract.ts'
import { totalOf } from '../../core/exact/money.ts'
import { newId } from '../../identity/credentials.ts'
import { grantCredit } from '../invoicing/grant-credit.ts'
import { openCredits } from '../invoicing/month-facts.ts'
import { reckonWaiting } from '../invoicing/waiting-invoices.ts'
import { creditsOf, type UsedCredit } from '../../store/credits.ts'
import { memberNames } from '../../store/members.ts'
import type { Schema } from '../../store/schema.ts'
import { readAmount } from './amounts.ts'
import { change } from './change.ts'
import { type ApiEnv, type ControlDeps, invoicingOf } from './deps.ts'
import { instantText } from './instants.ts'
import { isProvider, personFields, showPerson } from './people.ts'
import { amount, answers, jsonBody, label, organizationPath } from './route-parts.ts'
import type { Scopes } from './scope.ts'

export function creditRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  const { db } = deps.store
  api.openapi(grant(scopes), async c => {
    const { id: organizationId } = c.var.organization
    const { amount: text, reason } = c.req.valid('json')
    const { currency } = deps.contracts.inForce().contract
    const body = await change(deps, c, async (trx, nowMs) => {
      const author = c.var.actor.id
      const granted = { amount: readAmount(text, currency), reason, currency: currency.code }
      const id = newId('crd')
      const credit = { ...granted, id, organizationId, author, source: 'person', grantedMs: nowMs }
      await grantCredit(trx, credit)
      await reckonWaiting(trx, invoicingOf(deps), organizationId)
      const audit = { action: 'credit.granted', subject: credit.id, organizationId, details: granted }
      const kept = (await creditsOf(trx, organizationId)).find(each => each.id === id)
      const nameOf = await memberNames(trx, [author])
      const shown = { currency, nameOf, toProvider: isProvider(c.var.actor) }
      return { body: show(kept ?? { ...credit, uses: [] }, shown), audit }
    })
    return c.json(body, 201)
  })
  api.openapi(list(scopes), async c => {
    const { currency } = deps.contracts.inForce().contract
    const credits = await creditsOf(db, c.var.organization.id)
    const toProvider = isProvider(c.var.actor)
    const shown = { currency, nameOf: await namesIn(db, credits), toProvider }
    return c.json({ items: credits.map(credit => show(credit, shown)) }, 200)
  })
  api.openapi(owed(scopes), async c => {
    const { currency } = deps.contracts.inForce().contract
    const credits = await creditsOf(db)
    const shown = { currency, nameOf: await namesIn(db, credits), toProvider: true }
    return c.json(owedReport(credits, shown), 200)
  })
}

const creditAnswer = z
  .object({
    id: z.string().openapi({ example: 'crd_0d64c9b2a81f47e3b5d27c90' }),
    organization: z.string(),
    amount: z.string().openapi({ example: '162.04' }),
    left: z.string().openapi({ description: 'Not used by an invoice yet.', example: '162.04' }),
    currency: z.string().openapi({ example: 'USD' }),
    reason: z.string().openapi({ description: 'As it stands on the invoice: the customer reads it.' }),
    source: z
      .string()
      .openapi({ description: '`person`, or what Weir granted it for: `sla`, `carried-over`.' }),
    ...personFields,
    grantedAt: z.string(),
    uses: z.array(z.object({ invoice: z.string(), amount: z.string() })),
  })
  .openapi('Credit')

const grant = (scopes: Scopes) =>
  createRoute({
    tags: ['invoices'],
    method: 'post',
    path: '/api/organizations/{organization}/credits',
    middleware: scopes.organization('invoices:write'),
    summary: 'Grant a credit',
    description:
      'It lowers what waits for approval and the next invoices to close, oldest credit first, before tax, until it is used up. The customer reads its reason on the invoice.',
    request: {
      params: organizationPath,
      body: jsonBody(
        z.strictObject({ amount, reason: label(500).openapi({ example: 'Outage of 12 March' }) }),
      ),
    },
    responses: answers(201, 'The credit.', creditAnswer),
  })

const list = (scopes: Scopes) =>
  createRoute({
    tags: ['invoices'],
    method: 'get',
    path: '/api/organizations/{organization}/credits',
    middleware: scopes.organization('invoices:read'),
    summary: 'List an organization’s credits',
    request: { params: organizationPath },
    responses: answers(200, 'All of them, oldest first.', z.object({ items: z.array(creditAnswer) })),
  })

const owed = (scopes: Scopes) =>
  createRoute({
    tags: ['invoices'],
    method: 'get',
    path: '/api/credits/owed',
    middleware: scopes.provider('invoices:read'),
    summary: 'The credits that are owed',
    description: 'What is left of every organization’s credits, in the contract’s currency.',
    request: {},
    responses: answers(
      200,
      'An item an organization to which something is owed.',
      z.object({
        currency: z.string(),
        total: z.string(),
        items: z.array(
          z.object({ organization: z.string(), owed: z.string(), credits: z.array(creditAnswer) }),
        ),
      }),
    ),
  })

interface Shown {
  readonly currency: Currency
  readonly nameOf: (id: string) => string
  readonly toProvider: boolean
}

async function namesIn(db: Kysely<Schema>, credits: readonly UsedCredit[]) {
  return memberNames(
    db,
    credits.map(({ author }) => author),
  )
}

function owedReport(credits: readonly UsedCredit[], about: Shown) {
  const { currency } = about
  const open = new Set(openCredits(credits, currency).map(({ id }) => id))
  const shown = credits.filter(({ id }) => open.has(id)).map(credit => show(credit, about))
  const sum = (held: readonly { readonly left: string }[]) =>
    totalOf(
      held.map(({ left }) => left),
      currency.minorDigits,
    )
  const items = [...Map.groupBy(shown, ({ organization }) => organization)].map(([organization, held]) => ({
    organization,
    owed: sum(held),
    credits: held,
  }))
  return { currency: currency.code, total: sum(shown), items }
}

function show(credit: UsedCredit, { currency, nameOf, toProvider }: Shown): z.output<typeof creditAnswer> {
  const { id, organizationId, amount: granted, reason, source, author, grantedMs, uses } = credit
  // A credit of a currency that the contract has left is shown as it was granted.
  const isUsed = uses.length > 0 && credit.currency === currency.code
  const [open] = openCredits([credit], currency)
  return {
    id,
    organization: organizationId,
    amount: granted,
    left: isUsed ? (open?.amount ?? totalOf([], currency.minorDigits)) : granted,
    currency: credit.currency,
    reason,
    source,
    ...showPerson(author, nameOf, toProvider),
    grantedAt: instantText(grantedMs),
    uses: uses.map(use => ({ invoice: use.invoiceId, amount: use.amount })),
  }
}
