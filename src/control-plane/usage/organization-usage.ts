import type { Kysely } from 'kysely'
import { type Span, union } from '../../core/time/span.ts'
import { monthSpan } from '../../core/time/month.ts'
import { appIdsOf } from '../../store/apps.ts'
import type { Outcome } from '../../store/outcome.ts'
import { requestOutcomes } from '../../store/request-usage.ts'
import type { Schema } from '../../store/schema.ts'
import { unmeasuredSpans } from '../../store/unmeasured.ts'
import { type MonthUsage, monthUsage } from './month-usage.ts'

/** A month of an organization with its requests. */
export interface OrganizationUsage extends MonthUsage {
  readonly requests: Readonly<Partial<Record<Outcome, number>>>
  /** Time of any app in which requests were seen whose record is lost. */
  readonly unmeasured: readonly Span[]
}

export interface MonthQuestion {
  readonly organizationId: string
  /** `YYYY-MM`, UTC */
  readonly month: string
  readonly nowMs: number
}

export async function organizationUsage(
  db: Kysely<Schema>,
  { organizationId, month, nowMs }: MonthQuestion,
): Promise<OrganizationUsage> {
  const usage = await monthUsage(db, organizationId, month, nowMs)
  const { startMs: fromMs, endMs: toMs } = monthSpan(month)
  const requests: Partial<Record<Outcome, number>> = {}
  const lost: Span[] = []
  for (const appId of await appIdsOf(db, organizationId)) {
    for (const { outcome, count } of await requestOutcomes(db, { appId, fromMs, toMs })) {
      requests[outcome] = (requests[outcome] ?? 0) + count
    }
    const spans = await unmeasuredSpans(db, appId, { fromMs, toMs })
    lost.push(...spans.map(span => ({ startMs: span.fromMs, endMs: span.toMs })))
  }
  return { ...usage, requests, unmeasured: union(lost) }
}
