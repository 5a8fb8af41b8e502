import type { Transaction } from 'kysely'
import { findApp } from '../../store/apps.ts'
import { addEvent } from '../../store/events.ts'
import { findOrganization } from '../../store/organizations.ts'
import type { Schema } from '../../store/schema.ts'
import { mailCustomer } from '../channels/mail-customer.ts'
import type { Mails } from '../channels/mail.ts'
import type { ToldAlert } from '../jobs/usage-alerts.ts'

/**
 * Alerts of one organization and month: an event each, and one mail for all of them to the customer's admins, in the
 * transaction that keeps them.
 */
export function tellOfUsage(
  mails: Mails,
): (trx: Transaction<Schema>, alerts: readonly ToldAlert[]) => Promise<void> {
  return async (trx, alerts) => {
    const [first] = alerts
    if (first === undefined) return
    const { organizationId, month, atMs } = first
    const all: Words[] = []
    for (const alert of alerts) {
      const { organizationId: _, atMs: __, ...rest } = alert
      await addEvent(trx, {
        type: 'usage.threshold',
        organizationId,
        atMs,
        data: { organizationId, ...rest },
      })
      all.push(alert.appId === undefined ? await ofPlan(trx, alert) : await ofLimit(trx, alert, alert.appId))
    }
    const subject =
      all.length === 1
        ? all[0]!.subject
        : `${await nameOf(trx, organizationId)}: ${all.length} shares of what is allowed reached in ${month}`
    const sentences = all.map(({ sentence }) => (all.length === 1 ? sentence : `- ${sentence}`))
    const rest = new Set([...all.map(({ beyond }) => beyond), ...all.map(({ where }) => where)])
    const text = `${sentences.join('\n')}\n\n${[...rest].join('\n\n')}\n`
    await mailCustomer(trx, mails, { organizationId, to: 'admins', subject, text }, atMs)
  }
}

/** What a mail says of an alert: the subject where it is the only one. */
interface Words {
  readonly subject: string
  readonly sentence: string
  readonly beyond: string
  readonly where: string
}

const UNIT_WORDS: Readonly<Record<string, string>> = { mau: 'users', connections: 'connections' }

async function ofPlan(trx: Transaction<Schema>, alert: ToldAlert): Promise<Words> {
  const { organizationId, month, subject, percent, used, allowed } = alert
  const name = await nameOf(trx, organizationId)
  const unit = UNIT_WORDS[subject] ?? subject
  return {
    subject: `${name}: ${percent} % of the included ${unit} reached in ${month}`,
    sentence: `In ${month} ${name} has reached ${percent} % of the ${unit} that its plan includes: ${used} of ${allowed}.`,
    beyond: 'What goes beyond what a plan includes is billed, or refused if the plan is one without overage.',
    where: `The figures, and where the month will end: GET /api/organizations/${organizationId}/usage?month=${month}`,
  }
}

async function ofLimit(trx: Transaction<Schema>, alert: ToldAlert, appId: string): Promise<Words> {
  const { month, percent, used, allowed, endpoint, platform } = alert
  const name = (await findApp(trx, appId))?.name ?? appId
  return {
    subject: `${name}: ${percent} % of the limit of ${endpoint} on ${platform} reached in ${month}`,
    sentence: `In its busiest minute the app ${name} has reached ${percent} % of its limit of ${endpoint} on ${platform}: ${used} of ${allowed} requests a minute.`,
    beyond: 'What goes beyond a limit is answered with 429.',
    where: `The limits, and what is left: GET /api/apps/${appId}/rate_limits`,
  }
}

async function nameOf(trx: Transaction<Schema>, organizationId: string): Promise<string> {
  return (await findOrganization(trx, organizationId))?.name ?? organizationId
}
