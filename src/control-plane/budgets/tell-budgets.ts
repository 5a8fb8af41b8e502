import type { Transaction } from 'kysely'
import type { BudgetBurn } from '../../core/availability/budget-burn.ts'
import type { ErrorBudget } from '../../core/availability/error-budget.ts'
import { counted } from '../../core/contract/plain-words.ts'
import { shortDecimal } from '../../core/exact/decimal.ts'
import { isoInstant } from '../../core/time/instant.ts'
import type { Alert } from '../../store/alerts.ts'
import { addEvent } from '../../store/events.ts'
import { findOrganization } from '../../store/organizations.ts'
import type { Schema } from '../../store/schema.ts'
import { instantText } from '../api/instants.ts'
import { mailCustomer } from '../channels/mail-customer.ts'
import { mailProvider } from '../channels/mail-provider.ts'
import type { Mails } from '../channels/mail.ts'
import { rateText, secondsNumber } from './budget-figures.ts'
import type { OrganizationBudget } from './organization-budget.ts'

/** That a budget burns, as an event and as a mail to the customer's admins, in the transaction that keeps the alert. */
export async function tellBurning(
  trx: Transaction<Schema>,
  mails: Mails,
  { organizationId, budget }: OrganizationBudget,
  { level, because }: BudgetBurn,
  atMs: number,
): Promise<void> {
  const data = { ...figures(budget), level, because }
  await addEvent(trx, { type: 'budget.burning', organizationId, atMs, data })
  const name = await nameOf(trx, organizationId)
  const subject = `${name}: what the SLA allows is being used up ${level === 'fast' ? 'fast' : 'steadily'}`
  const text = `The API is down for ${name}. ${because}

${leftWords(budget)}

${where(organizationId, budget)}
`
  await mailCustomer(trx, mails, { organizationId, to: 'admins', subject, text }, atMs)
}

/** That nothing is left, the same way. */
export async function tellExhausted(
  trx: Transaction<Schema>,
  mails: Mails,
  { organizationId, budget }: OrganizationBudget,
  atMs: number,
): Promise<void> {
  const exhaustedAt = budget.exhaustedMs === undefined ? null : instantText(budget.exhaustedMs)
  const data = { ...figures(budget), exhaustedAt }
  await addEvent(trx, { type: 'budget.exhausted', organizationId, atMs, data })
  const name = await nameOf(trx, organizationId)
  const subject = `${name}: the down time that the SLA allows in ${budget.month} is used up`
  const text = `${exhaustedWords(budget)}

Whether and how much is owed for it stands in the month’s report.

${where(organizationId, budget)}
`
  await mailCustomer(trx, mails, { organizationId, to: 'admins', subject, text }, atMs)
}

/** Why a budget is exhausted, in a sentence. */
export function exhaustedWords({ month, target, used, allowance, exhaustedMs }: ErrorBudget): string {
  const since = exhaustedMs === undefined ? '' : ` since ${isoInstant(exhaustedMs)}`
  return (
    `Down for ${shortDecimal(used, 3)} seconds of ${month}, and ${target} % allows ${shortDecimal(allowance, 3)}: ` +
    `nothing is left${since}.`
  )
}

/** A mail names so many customers; the rest is a number. */
const MOST_NAMED = 20

/** One mail to the provider's people for all that was told to customers. */
export async function mailDigest(
  trx: Transaction<Schema>,
  mails: Mails,
  alerts: readonly Alert[],
  atMs: number,
): Promise<void> {
  const lines: string[] = []
  for (const { kind, subject: organizationId, because } of alerts.slice(0, MOST_NAMED)) {
    const what = kind === 'budget.exhausted' ? 'exhausted' : 'burning'
    lines.push(`${await nameOf(trx, organizationId)} (${organizationId}), ${what}: ${because}`)
  }
  const more = alerts.length - lines.length
  if (more > 0) lines.push(`… and ${counted(more, 'more alert')}.`)
  const customers = new Set(alerts.map(({ subject }) => subject)).size
  const text = `${lines.join('\n')}

All budgets: GET /api/availability/budgets
What it may cost: GET /api/availability/cost
`
  await mailProvider(trx, mails, { subject: `Error budgets: ${counted(customers, 'customer')}`, text }, atMs)
}

/** What both events say of a budget. */
function figures(budget: ErrorBudget) {
  const { month, target, allowance, used, left, burn } = budget
  return {
    month,
    target,
    allowanceSeconds: secondsNumber(allowance),
    usedSeconds: secondsNumber(used),
    leftSeconds: secondsNumber(left),
    burnRate: {
      hour: rateText(burn.hour),
      sixHours: rateText(burn.sixHours),
      threeDays: rateText(burn.threeDays),
    },
  }
}

function leftWords({ month, target, left, allowance, lastsToMs }: ErrorBudget): string {
  const lasts =
    lastsToMs === undefined
      ? ''
      : ` At the rate of the last six hours that lasts until ${isoInstant(lastsToMs)}.`
  return (
    `By what is final, ${shortDecimal(left, 3)} of the ${shortDecimal(allowance, 3)} seconds are left that ${target} % ` +
    `allows in ${month}.${lasts}`
  )
}

function where(organizationId: string, { month }: ErrorBudget): string {
  return `The budget: GET /api/organizations/${organizationId}/budget
The month’s report: GET /api/organizations/${organizationId}/sla?month=${month}`
}

async function nameOf(trx: Transaction<Schema>, organizationId: string): Promise<string> {
  return (await findOrganization(trx, organizationId))?.name ?? organizationId
}
