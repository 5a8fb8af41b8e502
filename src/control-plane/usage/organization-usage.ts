import type { Kysely } from 'kysely'
import type { Peak } from '../../core/metering/running-peak.ts'
import { type Span, union } from '../../core/time/span.ts'
import { monthSpan } from '../../core/time/month.ts'
import { allAppsOf } from '../../store/apps.ts'
import type { Outcome } from '../../store/outcome.ts'
import { requestOutcomes } from '../../store/request-usage.ts'
import type { Schema } from '../../store/schema.ts'
import { unmeasuredSpans } from '../../store/unmeasured.ts'
import { type MonthUsage, monthUsageOf } from './month-usage.ts'

/** A month of some apps with their requests. */
export interface MonthWithRequests extends MonthUsage {
  readonly requests: RequestCounts
  /** Time of any of the apps in which requests were seen whose record is lost. */
  readonly unmeasured: readonly Span[]
}

export type RequestCounts = Readonly<Partial<Record<Outcome, number>>>

export interface OrganizationUsage extends MonthWithRequests {
  /** The apps that used anything, by id: each one's own figures. */
  readonly byApp: readonly AppTotals[]
}

export interface AppTotals {
  readonly id: string
  readonly name: string
  readonly mau: number
  /** undefined: no connection was open. */
  readonly peak: Peak | undefined
  /** Of every outcome. */
  readonly requests: number
}

export interface MonthQuestion {
  readonly organizationId: string
  /** `YYYY-MM`, UTC */
  readonly month: string
  readonly nowMs: number
}

export type AppMonthQuestion = Omit<MonthQuestion, 'organizationId'> & { readonly appId: string }

export async function organizationUsage(
  db: Kysely<Schema>,
  { organizationId, month, nowMs }: MonthQuestion,
): Promise<OrganizationUsage> {
  const apps = await allAppsOf(db, organizationId)
  const usage = await monthUsageOf(
    db,
    apps.map(({ id }) => id),
    month,
    nowMs,
  )
  const requests: Partial<Record<Outcome, number>> = {}
  const lost: Span[] = []
  const byApp: AppTotals[] = []
  for (const { id, name } of apps) {
    const own = await readRequests(db, id, month)
    for (const [outcome, count] of own.outcomes) requests[outcome] = (requests[outcome] ?? 0) + count
    lost.push(...own.lost)
    const count = totalRequests(Object.fromEntries(own.outcomes))
    const of = usage.apps.get(id)
    if (of !== undefined || count > 0)
      byApp.push({ id, name, mau: of?.mau ?? 0, peak: of?.peak, requests: count })
  }
  return { ...usage, requests, unmeasured: union(lost), byApp }
}

/** One app's month by itself: reads nothing of the organization's other apps. */
export async function appMonthUsage(
  db: Kysely<Schema>,
  { appId, month, nowMs }: AppMonthQuestion,
): Promise<MonthWithRequests> {
  const usage = await monthUsageOf(db, [appId], month, nowMs)
  const { outcomes, lost } = await readRequests(db, appId, month)
  return { ...usage, requests: Object.fromEntries(outcomes), unmeasured: union(lost) }
}

/** Requests of every outcome. */
export function totalRequests(requests: RequestCounts): number {
  return Object.values(requests).reduce((sum, count) => sum + count, 0)
}

async function readRequests(db: Kysely<Schema>, appId: string, month: string) {
  const { startMs: fromMs, endMs: toMs } = monthSpan(month)
  const outcomes = await requestOutcomes(db, { appId, fromMs, toMs })
  const counts = outcomes.map(({ outcome, count }) => [outcome, count] as const)
  const spans = await unmeasuredSpans(db, appId, { fromMs, toMs })
  return { outcomes: counts, lost: spans.map(span => ({ startMs: span.fromMs, endMs: span.toMs })) }
}
