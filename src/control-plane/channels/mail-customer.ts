import type { Transaction } from 'kysely'
import { membersWithRole } from '../../store/members.ts'
import { findOrganization } from '../../store/organizations.ts'
import type { Schema } from '../../store/schema.ts'
import type { Mails } from './mail.ts'

export interface CustomerMail {
  readonly organizationId: string
  /** Whom it is for: who pays, or who looks after the apps. Where there is none, it goes to the others. */
  readonly to: 'billing' | 'admins'
  readonly subject: string
  readonly text: string
}

/**
 * Queues a mail to a customer's people: the address of its `billing`, or its admins. One that has told Weir of neither
 * gets none. Belongs into the transaction of what the mail tells of.
 */
export async function mailCustomer(
  trx: Transaction<Schema>,
  mails: Mails,
  { organizationId, to, subject, text }: CustomerMail,
  nowMs: number,
): Promise<void> {
  const billing = await billingAddress(trx, organizationId)
  const admins = await adminAddresses(trx, organizationId)
  const [first, second] = to === 'billing' ? [billing, admins] : [admins, billing]
  for (const address of first.length > 0 ? first : second) {
    await mails.queue(trx, { to: address, subject, text }, nowMs)
  }
}

async function billingAddress(trx: Transaction<Schema>, organizationId: string): Promise<string[]> {
  const email = (await findOrganization(trx, organizationId))?.billing['email']
  return typeof email === 'string' ? [email] : []
}

/** One person may be a member several times, with a token each. */
async function adminAddresses(trx: Transaction<Schema>, organizationId: string): Promise<string[]> {
  const admins = await membersWithRole(trx, 'customer-admin', organizationId)
  return [...new Map(admins.map(({ email }) => [email.toLowerCase(), email])).values()]
}
