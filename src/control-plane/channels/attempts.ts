import type { Kysely } from 'kysely'
import { type Sealer, subscriberSecretContext, webhookSecretContext } from '../../identity/sealing.ts'
import type { HeldDelivery, HeldEvent } from '../../store/deliveries.ts'
import type { Schema } from '../../store/schema.ts'
import { findSubscriber } from '../../store/status-subscribers.ts'
import { findWebhook, webhookSecrets } from '../../store/webhooks.ts'
import type { Attempt } from './attempt.ts'
import type { Mails } from './mail.ts'
import { signedFields } from './standard-webhooks.ts'
import type { SubscriberUrls } from './subscriber-urls.ts'
import type { WebhookSender } from './webhook-sender.ts'

export interface AttemptParts {
  readonly db: Kysely<Schema>
  readonly sealer: Sealer
  readonly sender: WebhookSender
  readonly mails: Mails
  readonly urls: SubscriberUrls | undefined
  readonly clock: () => number
  /** Receivers compare the signed time with their own clock. */
  readonly realClock: () => number
}

/** Sends a delivery the way it goes. */
export function attemptWith(parts: AttemptParts) {
  return async ({ id, what }: HeldDelivery, signal: AbortSignal): Promise<Attempt> => {
    if ('webhook' in what) return toWebhook(parts, what.webhook, what.event, signal)
    if ('subscriber' in what) return toSubscriber(parts, what.subscriber, what.event, signal)
    const { subscriber } = what.mail
    if (subscriber !== undefined && (await findSubscriber(parts.db, subscriber.id)) === undefined) return left
    return endedBy(signal, parts.mails.send(id, what.mail))
  }
}

const left: Attempt = { verdict: 'refused', error: 'The subscription has ended.' }

/** Less than the time for which a node holds a delivery: a mail server that says a byte now and then ends too. */
const MAIL_MS = 45_000

/** A mail under way cannot be broken off, but nobody has to wait for it. */
async function endedBy(signal: AbortSignal, sending: Promise<Attempt>): Promise<Attempt> {
  const late = AbortSignal.timeout(MAIL_MS)
  const ended = Promise.withResolvers<Attempt>()
  const onLate = () => ended.resolve({ verdict: 'failed', error: `Not taken within ${MAIL_MS / 1000} s.` })
  const onEnd = () => ended.reject(signal.reason)
  late.addEventListener('abort', onLate)
  signal.addEventListener('abort', onEnd)
  try {
    return await Promise.race([sending, ended.promise])
  } finally {
    signal.removeEventListener('abort', onEnd)
  }
}

async function toWebhook(
  { db, sealer, sender, clock, realClock }: AttemptParts,
  id: string,
  event: HeldEvent,
  signal: AbortSignal,
): Promise<Attempt> {
  const webhook = await findWebhook(db, id)
  const sealed = await webhookSecrets(db, id, clock())
  if (webhook === undefined || sealed === undefined) {
    return { verdict: 'refused', error: 'The webhook was deleted.' }
  }
  const { current, old } = sealed
  const secrets = [current, ...(old ? [old] : [])].map(each => sealer.open(each, webhookSecretContext(id)))
  const body = bodyOf(event)
  const fields = signedFields({ id: event.id, sentAtMs: realClock(), body }, secrets)
  return sender.send(webhook.url, body, fields, signal)
}

/** Like a webhook, with the links by which a stranger confirms or ends what it asked for. */
async function toSubscriber(
  { db, sealer, sender, urls, realClock }: AttemptParts,
  id: string,
  event: HeldEvent,
  signal: AbortSignal,
): Promise<Attempt> {
  const subscriber = await findSubscriber(db, id)
  if (subscriber?.sealedSecret === undefined) return left
  if (urls === undefined) return { verdict: 'failed', error: 'No --public-url is given for its links.' }
  const secret = sealer.open(subscriber.sealedSecret, subscriberSecretContext(id))
  const asked = event.type === 'status.confirm'
  const data = asked ? { ...event.data, confirm: urls.confirm(id) } : event.data
  const body = bodyOf({ ...event, data }, { unsubscribe: urls.unsubscribe(id) })
  const fields = signedFields({ id: event.id, sentAtMs: realClock(), body }, [secret])
  return sender.send(subscriber.address, body, fields, signal)
}

/** The same bytes at every attempt. */
function bodyOf({ type, organizationId, atMs, data }: HeldEvent, more: object = {}): string {
  const timestamp = new Date(atMs).toISOString()
  return JSON.stringify({ type, timestamp, organization: organizationId ?? null, data, ...more })
}
