import type { Transaction } from 'kysely'
import { membersWithRole } from '../../store/members.ts'
import type { Schema } from '../../store/schema.ts'
import type { Mails } from './mail.ts'

/** Those who can do something about an alarm; finance cannot. */
const ALARMED = ['operator', 'support'] as const

interface ProviderMail {
  readonly subject: string
  readonly text: string
  readonly to?: readonly string[]
}

/**
 * Queues a mail to the provider's people: its members of these roles, or of an alarm its operators and support and the
 * addresses that alarms go to.
 * Belongs into the transaction of what the mail tells of.
 */
export async function mailProvider(
  trx: Transaction<Schema>,
  mails: Mails,
  { subject, text, to: roles }: ProviderMail,
  nowMs: number,
): Promise<void> {
  const addresses = roles === undefined ? [...mails.alertAddresses] : []
  for (const role of roles ?? ALARMED) {
    for (const { email } of await membersWithRole(trx, role, undefined)) addresses.push(email)
  }
  // One person may be a member several times, with a token each.
  const once = new Map(addresses.map(address => [address.toLowerCase(), address]))
  for (const to of once.values()) await mails.queue(trx, { to, subject, text }, nowMs)
}
