import type { Kysely } from 'kysely'
import { daySpan } from '../../core/availability/day-history.ts'
import { utcMonth } from '../../core/time/utc-month.ts'
import { monthSpan } from '../../core/time/month.ts'
import type { ComponentDay } from '../../store/component-days.ts'
import { firstBeatMs } from '../../store/nodes.ts'
import type { Schema } from '../../store/schema.ts'
import type { Agreements } from '../invoicing/agreement.ts'
import { platformAvailability } from './platform-availability.ts'

/** Plain data: it crosses threads. */
export interface DayQuestion {
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string
  readonly nowMs: number
}

/** The platform first, then the contract's groups. */
export type ComponentDays = readonly ComponentDay[]

/**
 * What each component came to on a day; of a running one, as far as its slices are final. The rule is that of the contract
 * in force when the month begins, as for every SLA. Before the first node beat nothing was measured.
 */
export async function judgeDay(
  db: Kysely<Schema>,
  agreements: Agreements,
  { day, nowMs }: DayQuestion,
): Promise<ComponentDays> {
  const { startMs, endMs } = daySpan(day)
  const ruleAtMs = monthSpan(utcMonth(startMs)).startMs
  const asked = { fromMs: startMs, toMs: endMs, nowMs, ruleAtMs }
  const { span, contractVersion, components } = await platformAvailability(db, agreements, asked)
  const measuredFromMs = Math.max(span.startMs, (await firstBeatMs(db)) ?? Infinity)
  return components.map(({ group, downSeconds, seconds, requests }) => ({
    component: group ?? '',
    day,
    measuredMs: Math.max(0, span.endMs - measuredFromMs),
    downMs: Math.round(downSeconds * 1000),
    idleMs: seconds.idle * 1000,
    excludedMs: seconds.excluded * 1000,
    unmeasuredMs: seconds.unmeasured * 1000,
    ...requests,
    contract: contractVersion,
    judgedMs: nowMs,
  }))
}
