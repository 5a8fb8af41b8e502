import type { Transaction } from 'kysely'
import { membersWithRole } from '../../store/members.ts'
import type { Schema } from '../../store/schema.ts'
import type { Mails } from './mail.ts'

/** Those who can do something about an alarm; finance cannot. */
const ROLES = ['operator', 'support'] as const

/**
 * Queues a mail to the provider's people: its operators and support among the members, and the addresses that alarms go to.
 * Belongs into the transaction of what the mail tells of.
 */
export async function mailProvider(
  trx: Transaction<Schema>,
  mails: Mails,
  { subject, text }: { readonly subject: string; readonly text: string },
  nowMs: number,
): Promise<void> {
  const addresses = [...mails.alertAddresses]
  for (const role of ROLES) {
    for (const { email } of await membersWithRole(trx, role, undefined)) addresses.push(email)
  }
  // One person may be a member several times, with a token each.
  const once = new Map(addresses.map(address => [address.toLowerCase(), address]))
  for (const to of once.values()) await mails.queue(trx, { to, subject, text }, nowMs)
}
