import type { Kysely, Transaction } from 'kysely'
import { ProblemError } from '../../http/problem.ts'
import { credentialHash, newId } from '../../identity/credentials.ts'
import { type Sealer, subscriberSecretContext } from '../../identity/sealing.ts'
import { addEventForSubscriber } from '../../store/events.ts'
import type { Schema } from '../../store/schema.ts'
import { serialized } from '../../store/serialized.ts'
import {
  type StatusSubscriber,
  addSubscriber,
  countAsked,
  deleteSubscriber,
  markAsked,
  markConfirmed,
  subscriberAt,
  subscriberByToken,
} from '../../store/status-subscribers.ts'
import type { Mails } from '../channels/mail.ts'
import { newWebhookSecret } from '../channels/standard-webhooks.ts'
import { subscriberToken } from '../channels/subscriber-urls.ts'

export interface SubscriptionParts {
  readonly db: Kysely<Schema>
  readonly sealer: Sealer
  readonly mails: Mails
  readonly clock: () => number
  /** Whose API it is. */
  readonly name: () => string
}

type Asked = Pick<StatusSubscriber, 'channel' | 'address'>

const HOUR_MS = 3_600_000
/** A form that anyone can send must not fill a mailbox, nor make Weir a sender of unwanted mail. */
const ASKED_AGAIN_AFTER_MS = HOUR_MS
const MOST_ASKED_AN_HOUR = 100

/**
 * Asks whoever reads that address to confirm. Nothing tells the caller whether it was known: what was confirmed, or asked
 * within the hour, is sent nothing. Throws `rate-limited` when too many were asked within the hour.
 */
export async function askToSubscribe(parts: SubscriptionParts, asked: Asked): Promise<void> {
  const { db, clock } = parts
  await serialized(db, async trx => {
    const nowMs = clock()
    if ((await countAsked(trx, nowMs - HOUR_MS)) >= MOST_ASKED_AN_HOUR) {
      throw new ProblemError(
        'rate-limited',
        'Too many asked to be told within the last hour; try again in one.',
      )
    }
    const known = await subscriberAt(trx, asked)
    if (known?.confirmedMs !== undefined) return
    if (known !== undefined && known.askedMs > nowMs - ASKED_AGAIN_AFTER_MS) return
    if (known !== undefined) await markAsked(trx, known.id, nowMs)
    const { id } = known ?? (await addNew(parts, trx, asked, nowMs))
    await sendQuestion(parts, trx, { ...asked, id }, nowMs)
  })
}

async function addNew(
  { sealer }: SubscriptionParts,
  trx: Transaction<Schema>,
  { channel, address }: Asked,
  nowMs: number,
): Promise<StatusSubscriber> {
  const id = newId('ssc')
  const sealedSecret =
    channel === 'webhook' ? sealer.seal(newWebhookSecret(), subscriberSecretContext(id)) : undefined
  const times = { createdMs: nowMs, askedMs: nowMs, confirmedMs: undefined }
  const subscriber = { id, channel, address, sealedSecret, ...times }
  await addSubscriber(trx, subscriber, credentialHash(subscriberToken(sealer, id)))
  return subscriber
}

async function sendQuestion(
  { mails, name }: SubscriptionParts,
  trx: Transaction<Schema>,
  { id, channel, address }: Asked & { readonly id: string },
  nowMs: number,
): Promise<void> {
  if (channel === 'webhook') {
    await addEventForSubscriber(trx, id, { type: 'status.confirm', atMs: nowMs, data: {} })
    return
  }
  const text = `Somebody, probably you, asked that this address be told of incidents and maintenance of ${name()}.

If it was you, confirm it here within two days. If it was not, do nothing: nothing more is sent.
`
  const subject = `${name()} status: please confirm`
  await mails.queue(trx, { to: address, subject, text, subscriber: { id, asks: 'confirm' } }, nowMs)
}

export interface Confirmed {
  readonly channel: StatusSubscriber['channel']
  readonly address: string
  /** By which a webhook checks signatures; shown the first time only. */
  readonly secret: string | undefined
}

/** Undefined: the token is of nobody, or of somebody who ended it. */
export async function confirmSubscription(
  { db, sealer, clock }: SubscriptionParts,
  token: string,
): Promise<Confirmed | undefined> {
  return serialized(db, async trx => {
    const found = await subscriberByToken(trx, credentialHash(token))
    if (found === undefined) return undefined
    const { id, channel, address, confirmedMs, sealedSecret } = found
    if (confirmedMs !== undefined) return { channel, address, secret: undefined }
    await markConfirmed(trx, id, clock())
    const secret = sealedSecret && sealer.open(sealedSecret, subscriberSecretContext(id))
    return { channel, address, secret }
  })
}

/** Once or twice makes no difference, and neither does a token of nobody. */
export async function endSubscription({ db }: SubscriptionParts, token: string): Promise<void> {
  await serialized(db, async trx => {
    const found = await subscriberByToken(trx, credentialHash(token))
    if (found !== undefined) await deleteSubscriber(trx, found.id)
  })
}
