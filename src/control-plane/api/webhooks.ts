import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Transaction } from 'kysely'
import { ProblemError } from '../../http/problem.ts'
import { newId } from '../../identity/credentials.ts'
import { webhookSecretContext } from '../../identity/sealing.ts'
import { giveUpDeliveries } from '../../store/deliveries.ts'
import { findOrganization } from '../../store/organizations.ts'
import type { Schema } from '../../store/schema.ts'
import {
  type Webhook,
  addWebhook,
  countWebhooks,
  deleteWebhook,
  findWebhook,
  listWebhooks,
  rotateSecret,
  updateWebhook,
} from '../../store/webhooks.ts'
import { newWebhookSecret } from '../channels/standard-webhooks.ts'
import { webhookUrlFlaw } from '../channels/webhook-url.ts'
import { change } from './change.ts'
import type { Actor, ApiEnv, ControlDeps } from './deps.ts'
import { listAnswer, listOf, pageOf, pageQuery } from './lists.ts'
import { answers, jsonBody, noContent, webhookPath } from './route-parts.ts'
import { authorize, notFound, type Scopes } from './scope.ts'
import { eventList, newSecretAnswer, showWebhook, webhookAnswer } from './webhook-answers.ts'

export function webhookRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  const { db } = deps.store
  api.openapi(createOne(scopes), async c => {
    const wanted = c.req.valid('json')
    const { actor } = c.var
    return c.json(await change(deps, c, (trx, nowMs) => create(deps, trx, actor, wanted, nowMs)), 201)
  })
  api.openapi(list(scopes), async c => {
    const query = c.req.valid('query')
    const organizationId = c.var.actor.organizationId ?? query.organization
    const rows = await listWebhooks(db, { ...pageOf(query), organizationId })
    return c.json(
      listAnswer(rows, query, ({ createdMs, id }) => ({ ms: createdMs, id }), showWebhook),
      200,
    )
  })
  api.openapi(readOne(scopes), async c => {
    return c.json(showWebhook(await webhookOf(db, c.var.actor, c.req.valid('param').webhook)), 200)
  })
  api.openapi(updateOne(scopes), async c => {
    const { webhook } = c.req.valid('param')
    const wanted = c.req.valid('json')
    const { actor } = c.var
    return c.json(
      await change(deps, c, (trx, nowMs) => update(deps, trx, actor, webhook, wanted, nowMs)),
      200,
    )
  })
  api.openapi(deleteOne(scopes), async c => {
    const { webhook } = c.req.valid('param')
    await change(deps, c, trx => remove(trx, c.var.actor, webhook))
    return c.body(null, 204)
  })
  api.openapi(rotateOne(scopes), async c => {
    const { webhook } = c.req.valid('param')
    const { actor } = c.var
    return c.json(await change(deps, c, (trx, nowMs) => rotate(deps, trx, actor, webhook, nowMs)), 200)
  })
}

const common = { tags: ['webhooks'] }

const address = z.string().max(2000, 'Must have at most 2000 characters.').openapi({
  example: 'https://example.com/weir',
})

const newWebhook = z.strictObject({
  url: address,
  events: eventList,
  organization: z
    .string()
    .optional()
    .openapi({ description: 'Whose events it gets. Left out: a customer’s own, or for the provider all.' }),
})

const createOne = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'post',
    path: '/api/webhooks',
    middleware: scopes.anyone('webhooks:write'),
    summary: 'Add a webhook',
    description:
      'An address that is told of events from now on, signed as Standard Webhooks says. The secret is shown this once.',
    request: { body: jsonBody(newWebhook) },
    responses: answers(201, 'The new webhook with its secret.', newSecretAnswer),
  })

const list = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'get',
    path: '/api/webhooks',
    middleware: scopes.anyone('webhooks:read'),
    summary: 'List webhooks',
    description: 'In the order in which they came; a customer sees its own.',
    request: { query: pageQuery.extend({ organization: z.string().optional() }) },
    responses: answers(200, 'A page of webhooks.', listOf(webhookAnswer)),
  })

const readOne = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'get',
    path: '/api/webhooks/{webhook}',
    middleware: scopes.anyone('webhooks:read'),
    summary: 'Read a webhook',
    request: { params: webhookPath },
    responses: answers(200, 'The webhook, without its secret.', webhookAnswer),
  })

const changedWebhook = z.strictObject({
  url: address.optional(),
  events: eventList.optional(),
  enabled: z.boolean().optional().openapi({ description: 'Enabling it forgets its failures.' }),
})

const updateOne = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'patch',
    path: '/api/webhooks/{webhook}',
    middleware: scopes.anyone('webhooks:write'),
    summary: 'Change a webhook',
    description: 'While it is disabled nothing is kept for it, and what waited for it is given up.',
    request: { params: webhookPath, body: jsonBody(changedWebhook) },
    responses: answers(200, 'The webhook as it is now.', webhookAnswer),
  })

const deleteOne = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'delete',
    path: '/api/webhooks/{webhook}',
    middleware: scopes.anyone('webhooks:write'),
    summary: 'Delete a webhook',
    description: 'With what waits for it, and with the log of its deliveries.',
    request: { params: webhookPath },
    responses: noContent,
  })

const rotateOne = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'post',
    path: '/api/webhooks/{webhook}/rotate',
    middleware: scopes.anyone('webhooks:write'),
    summary: 'Make a new secret',
    description: 'For 24 hours the old one signs too, so that the receiver can move over.',
    request: { params: webhookPath },
    responses: answers(200, 'The webhook with its new secret.', newSecretAnswer),
  })

/** More than anyone looks after, few enough that one event does not become a flood. */
const MOST_WEBHOOKS = 50
const OLD_SECRET_MS = 24 * 3600 * 1000

async function create(
  deps: ControlDeps,
  trx: Transaction<Schema>,
  actor: Actor,
  { url, events, organization }: z.output<typeof newWebhook>,
  nowMs: number,
) {
  const organizationId = organization ?? actor.organizationId
  if (organizationId !== undefined) {
    const found = await findOrganization(trx, organizationId)
    authorize(actor, 'webhooks:write', found?.id, 'organization')
  }
  refuseUrl(deps, url)
  if ((await countWebhooks(trx, organizationId)) >= MOST_WEBHOOKS) {
    throw new ProblemError('conflict', `There are ${MOST_WEBHOOKS} webhooks already; delete one first.`)
  }
  const id = newId('whk')
  const { secret, sealed } = newSecret(deps, id)
  await addWebhook(trx, { id, organizationId, url, events, createdMs: nowMs }, sealed)
  const details = { host: new URL(url).host, events }
  return {
    body: { ...showWebhook(await existing(trx, id)), secret },
    audit: { action: 'webhook.added', subject: id, organizationId, details },
  }
}

async function update(
  deps: ControlDeps,
  trx: Transaction<Schema>,
  actor: Actor,
  id: string,
  { url, events, enabled }: z.output<typeof changedWebhook>,
  nowMs: number,
) {
  const { organizationId, disabled } = await webhookOf(trx, actor, id)
  if (url !== undefined) refuseUrl(deps, url)
  const turnsOff = enabled === false && disabled === undefined
  const reason = `${actor.id} disabled it.`
  await updateWebhook(trx, id, {
    url,
    events,
    ...(enabled === true && { disabled: null }),
    ...(turnsOff && { disabled: { sinceMs: nowMs, reason } }),
  })
  if (turnsOff) await giveUpDeliveries(trx, id)
  // Addresses can hold a credential in their path or query: the audit names the host alone.
  const details = {
    ...(url !== undefined && { host: new URL(url).host }),
    ...(events && { events }),
    ...(enabled !== undefined && { enabled }),
  }
  return {
    body: showWebhook(await existing(trx, id)),
    audit: { action: 'webhook.changed', subject: id, organizationId, details },
  }
}

async function remove(trx: Transaction<Schema>, actor: Actor, id: string) {
  const { organizationId, url } = await webhookOf(trx, actor, id)
  await deleteWebhook(trx, id)
  const details = { host: new URL(url).host }
  return { body: null, audit: { action: 'webhook.deleted', subject: id, organizationId, details } }
}

async function rotate(deps: ControlDeps, trx: Transaction<Schema>, actor: Actor, id: string, nowMs: number) {
  const webhook = await webhookOf(trx, actor, id)
  const { secret, sealed } = newSecret(deps, id)
  await rotateSecret(trx, id, sealed, nowMs + OLD_SECRET_MS)
  const { organizationId } = webhook
  return {
    body: { ...showWebhook(webhook), secret },
    audit: { action: 'webhook.secret-rotated', subject: id, organizationId },
  }
}

function newSecret({ sealer }: ControlDeps, id: string) {
  const secret = newWebhookSecret()
  return { secret, sealed: sealer.seal(secret, webhookSecretContext(id)) }
}

function refuseUrl({ allowPrivateWebhooks }: ControlDeps, url: string): void {
  const message = webhookUrlFlaw(url, allowPrivateWebhooks)
  if (message === undefined) return
  throw new ProblemError('invalid-body', `url: ${message}`, { mistakes: [{ path: 'url', message }] })
}

/** The webhook, if the actor may know of it: a customer its own, never the provider's. */
export async function webhookOf(db: ControlDeps['store']['db'], actor: Actor, id: string): Promise<Webhook> {
  const webhook = await findWebhook(db, id)
  const foreign = actor.organizationId !== undefined && webhook?.organizationId !== actor.organizationId
  if (webhook === undefined || foreign) throw notFound('webhook')
  return webhook
}

async function existing(trx: Transaction<Schema>, id: string): Promise<Webhook> {
  const webhook = await findWebhook(trx, id)
  if (webhook === undefined) throw notFound('webhook')
  return webhook
}
