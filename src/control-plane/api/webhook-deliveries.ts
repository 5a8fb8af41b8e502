import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import type { Transaction } from 'kysely'
import { ProblemError } from '../../http/problem.ts'
import { addEventFor } from '../../store/events.ts'
import { findDelivery, listDeliveries, retryDelivery } from '../../store/delivery-log.ts'
import type { Schema } from '../../store/schema.ts'
import type { Webhook } from '../../store/webhooks.ts'
import { change } from './change.ts'
import type { Actor, ApiEnv, ControlDeps } from './deps.ts'
import { listAnswer, listOf, pageOf, pageQuery } from './lists.ts'
import { answers, deliveryPath, webhookPath } from './route-parts.ts'
import { notFound, type Scopes } from './scope.ts'
import { deliveryAnswer, showDelivery } from './webhook-answers.ts'
import { webhookOf } from './webhooks.ts'

export function webhookDeliveryRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  const { db } = deps.store
  api.openapi(list(scopes), async c => {
    const query = c.req.valid('query')
    const webhook = await webhookOf(db, c.var.actor, c.req.valid('param').webhook)
    const { limit, after: before } = pageOf(query)
    const rows = await listDeliveries(db, webhook.id, { limit, before })
    return c.json(
      listAnswer(rows, query, ({ createdMs, id }) => ({ ms: createdMs, id }), showDelivery),
      200,
    )
  })
  api.openapi(retryOne(scopes), async c => {
    const { webhook, delivery } = c.req.valid('param')
    const { actor } = c.var
    return c.json(await change(deps, c, (trx, nowMs) => retry(trx, actor, webhook, delivery, nowMs)), 200)
  })
  api.openapi(testOne(scopes), async c => {
    const { webhook } = c.req.valid('param')
    const { actor } = c.var
    return c.json(await change(deps, c, (trx, nowMs) => sendTest(trx, actor, webhook, nowMs)), 201)
  })
}

const common = { tags: ['webhooks'] }

const list = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'get',
    path: '/api/webhooks/{webhook}/deliveries',
    middleware: scopes.anyone('webhooks:read'),
    summary: 'Read the log of deliveries',
    description: 'Newest first, with every attempt; kept for 30 days.',
    request: { params: webhookPath, query: pageQuery },
    responses: answers(200, 'A page of deliveries.', listOf(deliveryAnswer)),
  })

const retryOne = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'post',
    path: '/api/webhooks/{webhook}/deliveries/{delivery}/retry',
    middleware: scopes.anyone('webhooks:write'),
    summary: 'Deliver again',
    description:
      'At once, whatever came of it before, and then after the usual pauses. Its `webhook-id` stays.',
    request: { params: deliveryPath },
    responses: answers(200, 'The delivery as it is now.', deliveryAnswer),
  })

const testOne = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'post',
    path: '/api/webhooks/{webhook}/test',
    middleware: scopes.anyone('webhooks:write'),
    summary: 'Send a test',
    description: 'An event of the type `webhook.test`, to this webhook alone. The log says what came of it.',
    request: { params: webhookPath },
    responses: answers(201, 'Its delivery.', deliveryAnswer),
  })

async function retry(
  trx: Transaction<Schema>,
  actor: Actor,
  webhookId: string,
  deliveryId: string,
  nowMs: number,
) {
  const webhook = await webhookOf(trx, actor, webhookId)
  if ((await findDelivery(trx, webhook.id, deliveryId)) === undefined) throw notFound('delivery')
  refuseDisabled(webhook)
  await retryDelivery(trx, deliveryId, nowMs)
  return done(trx, webhook, deliveryId, 'webhook.delivery-retried')
}

async function sendTest(trx: Transaction<Schema>, actor: Actor, webhookId: string, nowMs: number) {
  const webhook = await webhookOf(trx, actor, webhookId)
  refuseDisabled(webhook)
  const { id, organizationId } = webhook
  const event = { type: 'webhook.test', organizationId, atMs: nowMs, data: { webhook: id } } as const
  return done(trx, webhook, await addEventFor(trx, id, event), 'webhook.tested')
}

async function done(trx: Transaction<Schema>, webhook: Webhook, deliveryId: string, action: string) {
  const delivery = await findDelivery(trx, webhook.id, deliveryId)
  if (delivery === undefined) throw notFound('delivery')
  const { id: subject, organizationId } = webhook
  return {
    body: showDelivery(delivery),
    audit: { action, subject, organizationId, details: { delivery: deliveryId } },
  }
}

function refuseDisabled({ disabled }: Webhook): void {
  if (disabled === undefined) return
  throw new ProblemError(
    'conflict',
    `The webhook is disabled (${disabled.reason}); enable it first with PATCH {"enabled": true}.`,
  )
}
