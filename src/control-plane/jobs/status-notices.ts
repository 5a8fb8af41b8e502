import type { Transaction } from 'kysely'
import { addDelivery, readEvent } from '../../store/deliveries.ts'
import type { Schema } from '../../store/schema.ts'
import { advanceNotice, endNotice, findNotice, waitingNotices } from '../../store/status-notices.ts'
import { confirmedSubscribers, forgetUnconfirmed } from '../../store/status-subscribers.ts'
import type { Mails } from '../channels/mail.ts'
import { noticeMail } from '../status/notice-mail.ts'
import type { Job } from './job-runner.ts'

export interface NoticeParts {
  readonly mails: Mails
  /** Whose API it is. */
  readonly name: () => string
  /** undefined: nobody can be sent a link, so nobody is told. */
  readonly publicUrl: string | undefined
}

/** Few enough that a step holds up nobody, however many subscribers there are. */
const A_STEP = 200

/** Tells subscribers of the status page of each incident and window, as soon as one is written. */
export function statusNotices(parts: NoticeParts): Job {
  return {
    name: 'status-notices',
    forgetful: true,
    periods: db => waitingNotices(db),
    async run(eventId, step) {
      while (await step((trx, nowMs) => tellSome(parts, trx, eventId, nowMs))) continue
    },
  }
}

/** True while there are more. */
async function tellSome(
  { mails, name, publicUrl }: NoticeParts,
  trx: Transaction<Schema>,
  eventId: string,
  nowMs: number,
): Promise<boolean> {
  const notice = await findNotice(trx, eventId)
  if (notice === undefined) return false
  const subscribers =
    publicUrl === undefined ? [] : await confirmedSubscribers(trx, notice.lastSubscriber, A_STEP)
  const event = await readEvent(trx, eventId)
  const mail = publicUrl === undefined ? undefined : noticeMail(event, name(), publicUrl)
  for (const { id, channel, address } of subscribers) {
    if (channel === 'webhook') await addDelivery(trx, { event: eventId, subscriber: id }, nowMs)
    else if (mail)
      await mails.queue(trx, { to: address, ...mail, subscriber: { id, asks: 'nothing' } }, nowMs)
  }
  const last = subscribers.at(-1)
  if (last !== undefined && subscribers.length === A_STEP) {
    await advanceNotice(trx, eventId, last.id)
    return true
  }
  await endNotice(trx, eventId)
  return false
}

const DAY_MS = 86_400_000
/** As the mail says. */
const CONFIRM_WITHIN_MS = 2 * DAY_MS

/** Once an hour: an address that nobody confirmed is kept no longer. */
export const subscriberRetention: Job = {
  name: 'forget-subscribers',
  forgetful: true,
  periods: (_db, nowMs) => [new Date(nowMs).toISOString().slice(0, 13)],
  async run(_period, step) {
    await step((trx, nowMs) => forgetUnconfirmed(trx, nowMs - CONFIRM_WITHIN_MS))
  },
}
