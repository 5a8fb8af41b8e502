import type { Transaction } from 'kysely'
import type { Contract } from '../../core/contract/contract.ts'
import { decimal } from '../../core/exact/decimal.ts'
import { compare, fraction, multiply } from '../../core/exact/fraction.ts'
import { judgeEligibility } from '../../core/pricing/eligibility.ts'
import { isoInstant } from '../../core/time/instant.ts'
import { monthOf, monthSpan, nextMonth } from '../../core/time/month.ts'
import { newId } from '../../identity/credentials.ts'
import { addAuditEntry } from '../../store/audit.ts'
import { addEvent } from '../../store/events.ts'
import { findOrganization } from '../../store/organizations.ts'
import { addPlanNotice, runningNotice, withdrawNotice } from '../../store/plan-notices.ts'
import type { Schema } from '../../store/schema.ts'
import {
  addSubscription,
  currentSubscription,
  type Subscription,
  subscriptionsOf,
} from '../../store/subscriptions.ts'

const DAY_MS = 86_400_000
/** At least so long is a plan still held after the notice that it ends. */
const NOTICE_DAYS = 30

/**
 * Gives notice to a customer that no longer qualifies for its plan, and takes it back when it does again. The plan
 * ends with the first month that begins at least thirty days later; then the cheapest that anyone may hold follows.
 */
export async function recheckEligibility(
  trx: Transaction<Schema>,
  contract: Contract,
  by: { readonly organizationId: string; readonly author: string; readonly nowMs: number },
): Promise<void> {
  const { organizationId, author, nowMs } = by
  const organization = await findOrganization(trx, organizationId)
  const subscriptions = await subscriptionsOf(trx, organizationId)
  const held = currentSubscription(subscriptions, nowMs)
  if (organization === undefined || held === undefined) return
  const rule = contract.plans[held.plan]?.eligibility
  const { eligible, because } = judgeEligibility(rule ?? NO_RULE, organization.eligibility ?? {})
  const notice = await runningNotice(trx, organizationId, nowMs)
  const told = { atMs: nowMs, actor: author, subject: organizationId, organizationId }
  if (eligible && notice !== undefined) {
    await withdrawNotice(trx, notice, nowMs)
    await addAuditEntry(trx, { ...told, action: 'plan.eligible-again', details: { plan: notice.plan } })
    return
  }
  const endsMs = noticeEnds(nowMs)
  const isLeavingIt = subscriptions.some(
    ({ plan, fromMs }) => plan !== held.plan && fromMs > nowMs && fromMs <= endsMs,
  )
  if (eligible || notice !== undefined || isLeavingIt) return
  const next = await follow(trx, contract, held, { fromMs: endsMs, createdMs: nowMs, author })
  const given = { plan: held.plan, because, endsMs, givenMs: nowMs, subscriptionId: next?.id }
  await addPlanNotice(trx, { ...given, id: newId('ntc'), organizationId })
  const details = { plan: held.plan, because, endsAt: isoInstant(endsMs), nextPlan: next?.plan ?? null }
  await addEvent(trx, { type: 'plan.not-eligible', organizationId, atMs: nowMs, data: details })
  await addAuditEntry(trx, { ...told, action: 'plan.not-eligible', details })
}

const NO_RULE = { membersAtMost: undefined, monthlyRevenueBelow: undefined, fundingBelow: undefined }

function noticeEnds(nowMs: number): number {
  return monthSpan(nextMonth(monthOf(nowMs + NOTICE_DAYS * DAY_MS - 1))).startMs
}

/** Schedules the cheapest plan that anyone may hold; undefined: the contract has none. */
async function follow(
  trx: Transaction<Schema>,
  contract: Contract,
  { organizationId }: Subscription,
  decided: Pick<Subscription, 'fromMs' | 'createdMs' | 'author'>,
): Promise<Subscription | undefined> {
  const [cheapest] = Object.entries(contract.plans)
    .filter(([, { eligibility }]) => eligibility === undefined)
    .map(([plan, { price, supportPlan }]) => ({ plan, supportPlan, price }))
    .toSorted((a, b) => compare(yearly(a.price), yearly(b.price)))
  if (cheapest === undefined) return undefined
  const { plan, supportPlan, price } = cheapest
  const interval = price.monthly === undefined ? ('annual' as const) : ('monthly' as const)
  const next = { id: newId('sub'), organizationId, plan, supportPlan, addOns: [], interval, ...decided }
  await addSubscription(trx, next)
  return next
}

function yearly({ monthly, annual }: Contract['plans'][string]['price']) {
  return monthly === undefined ? decimal(annual ?? '0') : multiply(decimal(monthly), fraction(12))
}
