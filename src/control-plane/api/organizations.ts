import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Transaction } from 'kysely'
import { newId } from '../../identity/credentials.ts'
import {
  addOrganization,
  type DeclaredEligibility,
  findOrganization,
  listOrganizations,
  type Organization,
  updateOrganization,
} from '../../store/organizations.ts'
import { type PlanNotice, runningNotice } from '../../store/plan-notices.ts'
import type { Schema } from '../../store/schema.ts'
import { addSubscription, countHolders, subscriptionsOf } from '../../store/subscriptions.ts'
import { recheckEligibility } from '../invoicing/recheck-eligibility.ts'
import { reckonWaiting } from '../invoicing/waiting-invoices.ts'
import { change } from './change.ts'
import { type ApiEnv, type ControlDeps, invoicingOf } from './deps.ts'
import { instantText } from './instants.ts'
import { listAnswer, listOf, pageOf, pageQuery } from './lists.ts'
import { amount, answers, jsonBody, label, organizationPath } from './route-parts.ts'
import { authorize, notFound, type Scopes } from './scope.ts'
import { chooseSubscription, refuseIneligible, undeclaredInBody, wrong } from './subscription-rules.ts'
import { showSubscriptions, subscriptionAnswer } from './subscriptions.ts'

export function organizationRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  const { db } = deps.store
  api.openapi(createOne(scopes), async c => {
    const wanted = c.req.valid('json')
    return c.json(
      await change(deps, c, (trx, nowMs) =>
        createOrganization(deps, trx, wanted, { nowMs, author: c.var.actor.id }),
      ),
      201,
    )
  })
  api.openapi(list(scopes), async c => {
    const query = c.req.valid('query')
    const rows = await listOrganizations(db, { ...pageOf(query), only: c.var.actor.organizationId })
    const shown = await Promise.all(rows.map(row => show(deps, db, row)))
    return c.json(
      listAnswer(shown, query, positionOf, item => item),
      200,
    )
  })
  api.openapi(readOne(scopes), async c => c.json(await show(deps, db, c.var.organization), 200))
  api.openapi(patch(scopes), async c => {
    const { id } = c.var.organization
    const wanted = c.req.valid('json')
    const isBillingAlone = wanted.name === undefined && wanted.eligibility === undefined
    if (!isBillingAlone) authorize(c.var.actor, 'organizations:write', id, 'organization')
    const body = await change(deps, c, async (trx, nowMs) => {
      await updateOrganization(trx, id, wanted)
      await reckonWaiting(trx, invoicingOf(deps), id)
      const { contract } = deps.contracts.inForce()
      const by = { organizationId: id, author: c.var.actor.id, nowMs }
      if (wanted.eligibility !== undefined) await recheckEligibility(trx, contract, by)
      const changed = await findOrganization(trx, id)
      if (changed === undefined) throw notFound('organization')
      const audit = { action: 'organization.changed', subject: id, organizationId: id, details: wanted }
      return { body: await show(deps, trx, changed), audit }
    })
    return c.json(body, 200)
  })
}

const billing = z
  .strictObject({
    legalName: label(200).optional(),
    address: z.array(label(200)).max(10).optional(),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'Must be an ISO 3166 code, such as "NL".')
      .optional(),
    taxId: label(50).optional(),
    email: z.email('Must be an e-mail address.').max(254).optional(),
    reference: label(100).optional(),
  })
  .openapi({ description: 'What an invoice needs.', example: { legalName: 'Acme B.V.', country: 'NL' } })

const eligibility = z
  .strictObject({
    members: z.number().int().min(0).optional(),
    monthlyRevenue: amount.optional(),
    funding: amount.optional(),
  })
  .openapi({
    description:
      'What the customer declares of itself. A plan with `eligibility` needs every fact that it asks for.',
  })

const newOrganization = z.strictObject({
  name: label(200).openapi({ example: 'Acme' }),
  plan: z
    .string()
    .optional()
    .openapi({ example: 'growth', description: 'Required, unless the contract has no plans.' }),
  supportPlan: z.string().optional().openapi({ description: 'The plan’s own, if left out.' }),
  addOns: z.array(z.string()).max(20).optional(),
  interval: z.enum(['monthly', 'annual']).optional(),
  billing: billing.optional(),
  eligibility: eligibility.optional(),
})

const organizationAnswer = z
  .object({
    id: z.string().openapi({ example: 'org_5c1c3e0a6f8b4d2290ab13cd' }),
    name: z.string(),
    billing: z.record(z.string(), z.unknown()),
    eligibility: eligibility.nullable(),
    subscription: z.union([subscriptionAnswer, z.null()]),
    scheduled: z.array(subscriptionAnswer).openapi({ description: 'What is decided for later.' }),
    notice: z
      .object({ plan: z.string(), endsAt: z.string(), because: z.array(z.string()) })
      .nullable()
      .openapi({ description: 'That it no longer qualifies for its plan, and when that ends.' }),
    createdAt: z.string(),
  })
  .openapi('Organization')

const common = { tags: ['organizations'] }

const createOne = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'post',
    path: '/api/organizations',
    middleware: scopes.provider('organizations:write'),
    summary: 'Create an organization',
    description: 'A customer with its subscription, which holds from now on.',
    request: { body: jsonBody(newOrganization) },
    responses: answers(201, 'The new organization.', organizationAnswer),
  })

const list = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'get',
    path: '/api/organizations',
    middleware: scopes.anyone('organizations:read'),
    summary: 'List organizations',
    description: 'All of them in the order in which they were made; a customer sees its own alone.',
    request: { query: pageQuery },
    responses: answers(200, 'A page of organizations.', listOf(organizationAnswer)),
  })

const readOne = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'get',
    path: '/api/organizations/{organization}',
    middleware: scopes.organization('organizations:read'),
    summary: 'Read an organization',
    request: { params: organizationPath },
    responses: answers(200, 'The organization, what it holds now and what is scheduled.', organizationAnswer),
  })

const patch = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'patch',
    path: '/api/organizations/{organization}',
    middleware: scopes.organization('billing:write'),
    summary: 'Change an organization',
    description:
      'What is left out stays; `billing` and `eligibility` are replaced as a whole. Final invoices stay as they are; what waits for approval is reckoned anew. Finance changes `billing` alone. Who no longer qualifies for its plan gets notice.',
    request: {
      params: organizationPath,
      body: jsonBody(
        z.strictObject({
          name: label(200).optional(),
          billing: billing.optional(),
          eligibility: eligibility.optional(),
        }),
      ),
    },
    responses: answers(200, 'The organization as it is now.', organizationAnswer),
  })

async function createOrganization(
  deps: ControlDeps,
  trx: Transaction<Schema>,
  wanted: z.output<typeof newOrganization>,
  { nowMs, author }: { readonly nowMs: number; readonly author: string },
) {
  const declared: DeclaredEligibility | undefined = wanted.eligibility
  const chosen = await chooseFirst(deps, trx, wanted, nowMs)
  const id = newId('org')
  const organization = {
    id,
    name: wanted.name,
    billing: wanted.billing ?? {},
    eligibility: declared,
    createdMs: nowMs,
  }
  await addOrganization(trx, organization)
  if (chosen) {
    const dates = { fromMs: nowMs, createdMs: nowMs, author }
    await addSubscription(trx, { ...chosen, ...dates, id: newId('sub'), organizationId: id })
  }
  const details = { name: wanted.name, ...chosen }
  return {
    body: await show(deps, trx, organization),
    audit: { action: 'organization.created', subject: id, organizationId: id, details },
  }
}

/** The subscription a new organization begins with; undefined only under a contract that has no plans. */
async function chooseFirst(
  deps: ControlDeps,
  trx: Transaction<Schema>,
  wanted: z.output<typeof newOrganization>,
  nowMs: number,
) {
  const { contract } = deps.contracts.inForce()
  const { plan } = wanted
  if (plan === undefined && Object.keys(contract.plans).length === 0) return undefined
  if (plan === undefined) throw wrong('plan', `Name one of: ${Object.keys(contract.plans).join(', ')}.`)
  const chosen = chooseSubscription(contract, { ...wanted, plan })
  const seatsTaken = await countHolders(trx, chosen.plan, nowMs)
  refuseIneligible(chosen.plan, contract.plans[chosen.plan], wanted.eligibility, {
    seatsTaken,
    undeclared: undeclaredInBody,
  })
  return chosen
}

async function show(deps: ControlDeps, db: ControlDeps['store']['db'], organization: Organization) {
  const { id, name, createdMs } = organization
  const notice = await runningNotice(db, id, deps.clock())
  return {
    id,
    name,
    billing: { ...organization.billing },
    eligibility: organization.eligibility ?? null,
    ...showSubscriptions(await subscriptionsOf(db, id), deps.clock()),
    notice: notice === undefined ? null : showNotice(notice),
    createdAt: instantText(createdMs),
  }
}

function showNotice({ plan, endsMs, because }: PlanNotice) {
  return { plan, endsAt: instantText(endsMs), because: [...because] }
}

function positionOf({ id, createdAt }: { id: string; createdAt: string }) {
  return { ms: Date.parse(createdAt), id }
}
