import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Transaction } from 'kysely'
import { readTerms } from '../../core/contract/terms.ts'
import { ProblemError } from '../../http/problem.ts'
import { newId } from '../../identity/credentials.ts'
import { addEvent } from '../../store/events.ts'
import type { Schema } from '../../store/schema.ts'
import { currentSubscription, subscriptionsOf } from '../../store/subscriptions.ts'
import { type DatedTerms, addTerms, termsOf } from '../../store/terms.ts'
import { change } from './change.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { effectiveFrom, instantText } from './instants.ts'
import { answers, instant, jsonBody, organizationPath } from './route-parts.ts'
import type { Scopes } from './scope.ts'

export function termsRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(put(scopes), async c => {
    const { id } = c.var.organization
    const wanted = c.req.valid('json')
    return c.json(await change(deps, c, (trx, nowMs) => agree(deps, trx, id, wanted, nowMs)), 200)
  })
  api.openapi(list(scopes), async c => {
    const { id } = c.var.organization
    return c.json({ terms: (await termsOf(deps.store.db, id)).map(show) }, 200)
  })
}

/** The contract's own shapes, checked by the contract's own rules once they are laid over the plan. */
const part = z.record(z.string(), z.unknown())

const wantedTerms = z
  .strictObject({
    from: instant,
    price: part.optional(),
    includes: part.optional(),
    overage: z.union([z.literal('none'), part]).optional(),
    limits: part.optional(),
    sla: part.optional(),
    support: part.optional(),
  })
  .openapi({
    example: {
      from: '2026-12-01T00:00:00Z',
      price: { monthly: '399.00' },
      includes: { mau: 20_000 },
      limits: { app: { SendMessage: 5000 } },
    },
  })

const termsAnswer = z
  .object({
    id: z.string(),
    from: z.string().openapi({ example: '2026-12-01T00:00:00.000Z' }),
    terms: part,
    contractVersion: z.number(),
    createdAt: z.string(),
  })
  .openapi('Terms')

const termsList = z.object({ terms: z.array(termsAnswer) })

const put = (scopes: Scopes) =>
  createRoute({
    tags: ['organizations'],
    method: 'put',
    path: '/api/organizations/{organization}/terms',
    middleware: scopes.organization('terms:write'),
    summary: 'Agree on terms',
    description:
      'What was negotiated with this customer alone, in the shapes of the contract: it holds from that instant on, whole, until other terms begin. What it does not name is the plan’s; terms that name nothing go back to the plan. Limits hold within a second.',
    request: { params: organizationPath, body: jsonBody(wantedTerms) },
    responses: answers(200, 'All terms of the organization, ascending: past, current, to come.', termsList),
  })

const list = (scopes: Scopes) =>
  createRoute({
    tags: ['organizations'],
    method: 'get',
    path: '/api/organizations/{organization}/terms',
    middleware: scopes.organization('organizations:read'),
    summary: 'Read the terms of an organization',
    request: { params: organizationPath },
    responses: answers(200, 'Ascending: past, current, to come.', termsList),
  })

async function agree(
  deps: ControlDeps,
  trx: Transaction<Schema>,
  organizationId: string,
  { from, ...said }: z.output<typeof wantedTerms>,
  nowMs: number,
) {
  const fromMs = effectiveFrom(from, nowMs)
  const held = currentSubscription(await subscriptionsOf(trx, organizationId), fromMs)
  if (held === undefined) {
    throw new ProblemError('conflict', 'The organization holds no plan whose terms could be others.')
  }
  const { yaml, documents, version } = deps.contracts.inForce()
  const { plan, supportPlan } = held
  const read = readTerms(said, { yaml, readBeside: name => documents[name], plan, supportPlan })
  if (!read.ok) {
    const { mistakes } = read
    throw new ProblemError('invalid-body', `${mistakes[0]?.path}: ${mistakes[0]?.message}`, { mistakes })
  }
  const { terms } = read
  const dated = { id: newId('trm'), organizationId, fromMs, said, terms, contractVersion: version }
  await addTerms(trx, { ...dated, createdMs: nowMs })
  // What was agreed can be long: the event leads to it.
  const data = { terms: dated.id, from: instantText(fromMs) }
  await addEvent(trx, { type: 'terms.agreed', organizationId, atMs: nowMs, data })
  return {
    body: { terms: (await termsOf(trx, organizationId)).map(show) },
    audit: {
      action: 'terms.agreed',
      subject: organizationId,
      organizationId,
      details: { from: instantText(fromMs), ...said },
    },
  }
}

function show({ id, fromMs, said, contractVersion, createdMs }: DatedTerms) {
  return {
    id,
    from: instantText(fromMs),
    terms: { ...said },
    contractVersion,
    createdAt: instantText(createdMs),
  }
}
