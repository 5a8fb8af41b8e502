import { z } from '@hono/zod-openapi'
import { eventTypes, listenedTypes } from '../../store/event-types.ts'
import type { LoggedDelivery } from '../../store/delivery-log.ts'
import type { Webhook } from '../../store/webhooks.ts'
import { instantText } from './instants.ts'

/** What the routes of webhooks answer. Never a secret: that is shown where it is made, once. */

const kinds = Object.entries(eventTypes).filter(
  ([type]) => type !== 'webhook.test' && type !== 'status.confirm',
)

export const eventList = z
  .array(z.enum(listenedTypes))
  .min(1, 'Name at least one event.')
  .transform(events => [...new Set(events)])
  .openapi({
    type: 'array',
    example: ['invoice.closed', 'app.suspended'],
    description: kinds.map(([type, sentence]) => `\`${type}\`: ${sentence}`).join(' '),
  })

export const webhookAnswer = z
  .object({
    id: z.string().openapi({ example: 'whk_9a0d6c81e25b4f7790cc13ab' }),
    url: z.string(),
    events: z.array(z.string()),
    organization: z.string().nullable().openapi({ description: 'null: it gets the events of all.' }),
    enabled: z.boolean(),
    disabledReason: z.string().nullable(),
    failingSince: z.string().nullable().openapi({ description: 'Since when no attempt has worked.' }),
    createdAt: z.string(),
  })
  .openapi('Webhook')

export const newSecretAnswer = webhookAnswer
  .extend({
    secret: z.string().openapi({ description: 'Signs what is sent. Shown this once.', example: 'whsec_…' }),
  })
  .openapi('WebhookWithSecret')

export function showWebhook(webhook: Webhook) {
  const { id, url, events, organizationId, disabled, failingSinceMs, createdMs } = webhook
  return {
    id,
    url,
    events: [...events],
    organization: organizationId ?? null,
    enabled: disabled === undefined,
    disabledReason: disabled?.reason ?? null,
    failingSince: failingSinceMs === undefined ? null : instantText(failingSinceMs),
    createdAt: instantText(createdMs),
  }
}

export const deliveryAnswer = z
  .object({
    id: z.string().openapi({ example: 'dlv_41bb02f97c3d4e6e8f5a60d1' }),
    event: z.object({
      id: z.string().openapi({ description: 'The `webhook-id` of every attempt.' }),
      type: z.string(),
    }),
    status: z.enum(['waiting', 'delivered', 'given-up']),
    nextAttemptAt: z.string().nullable(),
    createdAt: z.string(),
    attempts: z.array(
      z.object({
        attempt: z.number().int(),
        at: z.string(),
        ms: z.number().int().nullable().openapi({ description: 'null: it is under way.' }),
        status: z.number().int().nullable().openapi({ description: 'Of the answer; null: there was none.' }),
        error: z.string().nullable(),
        response: z.string().nullable().openapi({ description: 'The first KiB of the answer.' }),
      }),
    ),
  })
  .openapi('Delivery')

export function showDelivery({ id, event, state, dueMs, createdMs, attempts }: LoggedDelivery) {
  return {
    id,
    event: { ...event },
    status: state,
    nextAttemptAt: dueMs === undefined ? null : instantText(dueMs),
    createdAt: instantText(createdMs),
    attempts: attempts.map(({ attempt, atMs, ms, status, error, response }) => ({
      attempt,
      at: instantText(atMs),
      ms: ms ?? null,
      status: status ?? null,
      error: error ?? null,
      response: response ?? null,
    })),
  }
}
