import type { Kysely, Transaction } from 'kysely'
import type { BaseLogger } from 'pino'
import { addAuditEntry } from '../../store/audit.ts'
import {
  type AttemptOutcome,
  type HeldDelivery,
  type Next,
  endAttempt,
  giveUpDeliveries,
} from '../../store/deliveries.ts'
import { addEvent } from '../../store/events.ts'
import { membersWithRole } from '../../store/members.ts'
import type { Schema } from '../../store/schema.ts'
import { serialized } from '../../store/serialized.ts'
import { deleteSubscriber } from '../../store/status-subscribers.ts'
import { type Webhook, findWebhook, markWebhook, updateWebhook } from '../../store/webhooks.ts'
import type { Attempt } from './attempt.ts'
import { pauseAfter } from './back-off.ts'
import type { DeliveryMetrics } from './delivery-metrics.ts'
import type { Mails } from './mail.ts'

/** Writes down what came of an attempt, with all that follows from it; `came` undefined: it was broken off. */
export type Settle = (delivery: HeldDelivery, came: Attempt | undefined, ms: number) => Promise<void>

export interface SettleOptions {
  readonly db: Kysely<Schema>
  readonly clock: () => number
  readonly mails: Mails
  readonly metrics: DeliveryMetrics
  readonly log: Pick<BaseLogger, 'warn'>
}

/** A receiver that nothing has reached for so long is taken for abandoned. */
const MAX_FAILING_MS = 5 * 24 * 3600 * 1000

export function settleWith(options: SettleOptions): Settle {
  return async (delivery, came, ms) => {
    const next = whatFollows(delivery, came, options.clock())
    const outcome = outcomeOf(came, ms)
    const written = await serialized(options.db, async trx => {
      if (!(await endAttempt(trx, delivery, outcome, next))) return false
      const { what } = delivery
      if (came && 'webhook' in what) await judgeWebhook(options, trx, what.webhook, came)
      if (next.state === 'given-up') await endSubscription(trx, what)
      return true
    })
    if (!written || came === undefined) return
    const channel = 'mail' in delivery.what ? 'mail' : 'webhook'
    options.metrics.attempted(channel, next.state === 'waiting' ? 'failed' : next.state)
    if (next.state === 'given-up') {
      options.log.warn({ delivery: delivery.id, channel, error: came.error }, 'a delivery was given up')
    }
  }
}

/** A subscriber that nothing reaches, or that refuses what it asked for, is forgotten: it can ask again. */
async function endSubscription(trx: Transaction<Schema>, what: HeldDelivery['what']): Promise<void> {
  const id = 'subscriber' in what ? what.subscriber : 'mail' in what ? what.mail.subscriber?.id : undefined
  if (id !== undefined) await deleteSubscriber(trx, id)
}

function whatFollows({ failures }: HeldDelivery, came: Attempt | undefined, nowMs: number): Next {
  if (came === undefined) return { state: 'waiting', dueMs: nowMs, failures }
  if (came.verdict === 'worked') return { state: 'delivered' }
  const pauseMs = came.verdict === 'failed' ? pauseAfter(failures + 1, Math.random()) : undefined
  if (pauseMs === undefined) return { state: 'given-up' }
  return { state: 'waiting', dueMs: nowMs + pauseMs, failures: failures + 1 }
}

function outcomeOf(came: Attempt | undefined, ms: number): AttemptOutcome {
  const { status, error, response } = came ?? { error: 'Weir ended; the next attempt is due at once.' }
  return { ms, status, error, response }
}

async function judgeWebhook(
  options: SettleOptions,
  trx: Transaction<Schema>,
  id: string,
  came: Attempt,
): Promise<void> {
  const nowMs = options.clock()
  const worked = came.verdict === 'worked'
  const sinceMs = await markWebhook(trx, id, { worked, atMs: nowMs })
  if (worked || sinceMs === undefined) return
  const webhook = await findWebhook(trx, id)
  if (webhook === undefined || webhook.disabled !== undefined) return
  if (came.verdict === 'gone') await disable(options, trx, webhook, 'It answered 410: gone for good.', nowMs)
  else if (nowMs - sinceMs >= MAX_FAILING_MS) {
    await disable(options, trx, webhook, 'Nothing has reached it for five days.', nowMs)
  }
}

/** Nobody should find out by what is missing: the audit, other webhooks and its owner's people are told. */
async function disable(
  { mails }: SettleOptions,
  trx: Transaction<Schema>,
  webhook: Webhook,
  reason: string,
  nowMs: number,
): Promise<void> {
  const { id, organizationId, url } = webhook
  await updateWebhook(trx, id, { disabled: { sinceMs: nowMs, reason } })
  await giveUpDeliveries(trx, id)
  await addAuditEntry(trx, {
    atMs: nowMs,
    actor: 'weir',
    action: 'webhook.disabled',
    subject: id,
    organizationId,
    details: { reason },
  })
  await addEvent(trx, {
    type: 'webhook.disabled',
    organizationId,
    atMs: nowMs,
    data: { webhook: id, reason },
  })
  const role = organizationId === undefined ? 'operator' : 'customer-admin'
  for (const { email } of await membersWithRole(trx, role, organizationId)) {
    const subject = 'Weir stopped sending to a webhook'
    await mails.queue(trx, { to: email, subject, text: mailText(id, new URL(url).host, reason) }, nowMs)
  }
}

function mailText(id: string, host: string, reason: string): string {
  return `Weir has disabled the webhook ${id} at ${host}.

Why: ${reason}

When the receiver works again, enable it with PATCH /api/webhooks/${id} {"enabled": true}. What was not
delivered is in GET /api/webhooks/${id}/deliveries, and each delivery can be sent again from there.
`
}
