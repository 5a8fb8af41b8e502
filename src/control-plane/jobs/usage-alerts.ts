import type { Kysely, Transaction } from 'kysely'
import { applicableLimits } from '../../core/limits/applicable-limits.ts'
import { allowanceOf } from '../../core/pricing/allowance.ts'
import { UNITS } from '../../core/pricing/overage.ts'
import { utcMonth } from '../../core/time/utc-month.ts'
import { monthSpan } from '../../core/time/month.ts'
import { type App, allAppsOf } from '../../store/apps.ts'
import { type Organization, listOrganizations } from '../../store/organizations.ts'
import type { Schema } from '../../store/schema.ts'
import { currentSubscription, subscriptionsOf } from '../../store/subscriptions.ts'
import { termsOf } from '../../store/terms.ts'
import { type UsageAlert, addUsageAlert } from '../../store/usage-alerts.ts'
import { type AgreedParts, agreedWith } from '../usage/agreed.ts'
import { type Measured, reachedPercents } from '../usage/thresholds.ts'
import type { UsageReader } from '../usage/usage-questions.ts'
import { heldDuring } from './held-during.ts'
import type { Job, Step } from './job-runner.ts'

/** What somebody is told: an alert with what it is about, in ids. */
export type ToldAlert = UsageAlert & Pick<Measured, 'appId' | 'endpoint' | 'platform'>

export interface UsageAlertParts extends AgreedParts {
  readonly reader: UsageReader
  /** Passes alerts of one organization and month on, in the transaction that keeps them. */
  readonly tell: (trx: Transaction<Schema>, alerts: readonly ToldAlert[]) => Promise<void>
}

const EVERY_MS = 15 * 60_000
/** Whole minutes that are looked at again: late batches arrive, and a node may have done nothing for a while. */
const LOOK_BACK_MS = 24 * 3_600_000

/**
 * Tells when usage reaches 50, 80 and 100 % of what a plan includes, or an app a limit a minute: once a month each, and
 * again when more is allowed and that share of it is reached. Of several that are reached at once only the highest is told, and all are kept.
 */
export function usageAlertJob(parts: UsageAlertParts): Job {
  return {
    name: 'usage-alerts',
    forgetful: true,
    periods: (_db, nowMs) => [new Date(nowMs - (nowMs % EVERY_MS)).toISOString()],
    async run(_period, step) {
      const nowMs = await step(async (_trx, atMs) => atMs)
      for await (const organization of organizations(parts.db)) {
        // A month's last quarter of an hour is looked at in the next month's first.
        for (const month of new Set([utcMonth(nowMs - EVERY_MS), utcMonth(nowMs)])) {
          await alertOn(parts, organization, month, nowMs, step)
        }
      }
    },
  }
}

async function alertOn(
  parts: UsageAlertParts,
  organization: Organization,
  month: string,
  nowMs: number,
  step: Step,
): Promise<void> {
  const measured = await heldDuring(step, measure(parts, organization.id, month, nowMs))
  const reached = measured.filter(each => reachedPercents(each).length > 0)
  for (let at = 0; at < reached.length; at += MOST_AT_ONCE) {
    await step(async (trx, atMs) => {
      const fresh: ToldAlert[] = []
      for (const each of reached.slice(at, at + MOST_AT_ONCE)) {
        const { subject, used, allowed, appId, endpoint, platform } = each
        const alert = { organizationId: organization.id, month, subject, used, allowed, atMs }
        const highest = await keepNew(trx, alert, reachedPercents(each))
        if (highest !== undefined) fresh.push({ ...alert, percent: highest, appId, endpoint, platform })
      }
      if (fresh.length > 0) await parts.tell(trx, fresh)
    })
  }
}

/** Limits of one organization that a transaction looks at, and a mail tells of. */
const MOST_AT_ONCE = 100

/** Keeps each share that was not reached before of so much; resolves with the highest of those. */
async function keepNew(
  trx: Transaction<Schema>,
  alert: Omit<UsageAlert, 'percent'>,
  percents: readonly number[],
): Promise<number | undefined> {
  const fresh: number[] = []
  for (const percent of percents) if (await addUsageAlert(trx, { ...alert, percent })) fresh.push(percent)
  return fresh.at(-1)
}

async function measure(
  parts: UsageAlertParts,
  organizationId: string,
  month: string,
  nowMs: number,
): Promise<Measured[]> {
  const included = await includedIn(parts, organizationId, month)
  const ofPlan: Measured[] = []
  if (UNITS.some(unit => included[unit] !== undefined)) {
    const usage = await parts.reader.ask('month', { organizationId, month, nowMs })
    for (const unit of UNITS) {
      const allowed = included[unit]
      const whole = { appId: undefined, endpoint: undefined, platform: undefined }
      if (allowed !== undefined) ofPlan.push({ subject: unit, used: usage[unit], allowed, ...whole })
    }
  }
  return [...ofPlan, ...(await measureLimits(parts, organizationId, month, nowMs))]
}

async function includedIn(parts: UsageAlertParts, organizationId: string, month: string) {
  const agreed = await agreedWith(parts, organizationId)
  const held = agreed?.arrangements ?? []
  return {
    mau: allowanceOf(held, month, 'mau').included,
    connections: allowanceOf(held, month, 'connections').included,
  }
}

async function measureLimits(
  { db, contract, reader }: UsageAlertParts,
  organizationId: string,
  month: string,
  nowMs: number,
): Promise<Measured[]> {
  const { startMs, endMs } = monthSpan(month)
  const span = { fromMs: Math.max(startMs, nowMs - LOOK_BACK_MS), toMs: Math.min(endMs, nowMs) }
  const subscription = currentSubscription(await subscriptionsOf(db, organizationId), nowMs)
  const terms = (await termsOf(db, organizationId)).findLast(({ fromMs }) => fromMs <= nowMs)
  const { plans, limits } = contract()
  const given = [terms?.terms.limits ?? {}, plans[subscription?.plan ?? '']?.limits ?? {}, limits]
  const measured: Measured[] = []
  for (const app of await allAppsOf(db, organizationId)) {
    for (const peak of await reader.ask('peaks', { ...span, appId: app.id })) {
      const allowed = applicableLimits([app.limits, ...given], peak.endpoint, peak.platform).app
      if (allowed > 0) measured.push(limitOf(app, peak, allowed))
    }
  }
  return measured
}

function limitOf(
  { id }: App,
  { endpoint, platform, count }: { endpoint: string; platform: string; count: number },
  allowed: number,
): Measured {
  const subject = `requests-per-minute:${id}:${endpoint}:${platform}`
  return { subject, used: count, allowed, appId: id, endpoint, platform }
}

const ORGANIZATIONS_A_PAGE = 200

async function* organizations(db: Kysely<Schema>): AsyncGenerator<Organization> {
  let after: { ms: number; id: string } | undefined
  for (;;) {
    const page = await listOrganizations(db, { limit: ORGANIZATIONS_A_PAGE, after })
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < ORGANIZATIONS_A_PAGE) return
    after = { ms: last.createdMs, id: last.id }
  }
}
