import type { Transaction } from 'kysely'
import { findApp } from '../../store/apps.ts'
import { addEvent } from '../../store/events.ts'
import { findOrganization } from '../../store/organizations.ts'
import type { Schema } from '../../store/schema.ts'
import { mailCustomer } from '../channels/mail-customer.ts'
import type { Mails } from '../channels/mail.ts'
import type { ToldAlert } from '../jobs/usage-alerts.ts'

/** An alert as an event and as a mail to the customer's admins, in the transaction that keeps it. */
export function tellOfUsage(mails: Mails): (trx: Transaction<Schema>, alert: ToldAlert) => Promise<void> {
  return async (trx, alert) => {
    const { organizationId, atMs, ...rest } = alert
    const data = { organizationId, ...rest }
    await addEvent(trx, { type: 'usage.threshold', organizationId, atMs, data })
    const words =
      alert.appId === undefined ? await ofPlan(trx, alert) : await ofLimit(trx, alert, alert.appId)
    await mailCustomer(trx, mails, { organizationId, to: 'admins', ...words }, atMs)
  }
}

const UNIT_WORDS: Readonly<Record<string, string>> = { mau: 'users', connections: 'connections' }

async function ofPlan(trx: Transaction<Schema>, alert: ToldAlert) {
  const { organizationId, month, subject, percent, used, allowed } = alert
  const name = (await findOrganization(trx, organizationId))?.name ?? organizationId
  const unit = UNIT_WORDS[subject] ?? subject
  return {
    subject: `${name}: ${percent} % of the included ${unit} reached in ${month}`,
    text: `In ${month} ${name} has reached ${percent} % of the ${unit} that its plan includes: ${used} of ${allowed}.

What goes beyond is billed, or refused if the plan is one without overage.

The figures, and where the month will end: GET /api/organizations/${organizationId}/usage?month=${month}
`,
  }
}

async function ofLimit(trx: Transaction<Schema>, alert: ToldAlert, appId: string) {
  const { month, percent, used, allowed, endpoint, platform } = alert
  const name = (await findApp(trx, appId))?.name ?? appId
  return {
    subject: `${name}: ${percent} % of the limit of ${endpoint} on ${platform} reached in ${month}`,
    text: `In its busiest minute the app ${name} has reached ${percent} % of its limit of ${endpoint} on ${platform}: ${used} of ${allowed} requests a minute.

What goes beyond is answered with 429.

The limits, and what is left: GET /api/apps/${appId}/rate_limits
`,
  }
}
