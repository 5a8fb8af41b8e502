import type { Sealer } from '../../identity/sealing.ts'
import type { Mail } from '../../store/deliveries.ts'

/** The links of a subscriber of the status page. Their token is reckoned from the key each time, and kept nowhere. */
export interface SubscriberUrls {
  confirm(id: string): string
  unsubscribe(id: string): string
  /** What stands below a mail, and the fields by which a mailbox ends a subscription with one click (RFC 8058). */
  forMail(subscriber: NonNullable<Mail['subscriber']>): MailLinks
}

interface MailLinks {
  readonly below: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Confirms and ends the subscription of this id, which is never given to another one. */
export function subscriberToken(sealer: Pick<Sealer, 'code'>, id: string): string {
  return sealer.code(`status-subscriber:${id}`)
}

/** Undefined without a public address: a link has to lead somewhere. */
export function subscriberUrls(
  sealer: Pick<Sealer, 'code'>,
  publicUrl: string | undefined,
): SubscriberUrls | undefined {
  if (publicUrl === undefined) return undefined
  const url = (verb: string, id: string) => `${publicUrl}/status/${verb}?token=${subscriberToken(sealer, id)}`
  const unsubscribe = (id: string) => url('unsubscribe', id)
  const confirm = (id: string) => url('confirm', id)
  return {
    confirm,
    unsubscribe,
    forMail({ id, asks }) {
      if (asks === 'confirm') return { below: `\n${confirm(id)}\n` }
      return {
        below: `\n-- \nTo get no more of these: ${unsubscribe(id)}\n`,
        headers: {
          'List-Unsubscribe': `<${unsubscribe(id)}>`,
          'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
        },
      }
    },
  }
}
