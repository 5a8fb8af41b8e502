import type { Kysely } from 'kysely'
import { daySpan } from '../../core/availability/day-history.ts'
import type { ComponentDay } from '../../store/component-days.ts'
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
 * What each component came to on a day; of a running one, as far as its slices are final: the same figures as
 * `GET /api/availability` tells of that day.
 */
export async function judgeDay(
  db: Kysely<Schema>,
  agreements: Agreements,
  { day, nowMs }: DayQuestion,
): Promise<ComponentDays> {
  const { startMs: fromMs, endMs: toMs } = daySpan(day)
  const asked = { fromMs, toMs, nowMs }
  const { span, contractVersion, components } = await platformAvailability(db, agreements, asked)
  return components.map(({ group, downSeconds, seconds, requests }) => ({
    component: group ?? '',
    day,
    measuredMs: span.endMs - span.startMs,
    downMs: Math.round(downSeconds * 1000),
    idleMs: seconds.idle * 1000,
    excludedMs: seconds.excluded * 1000,
    unmeasuredMs: seconds.unmeasured * 1000,
    ...requests,
    contract: contractVersion,
    judgedMs: nowMs,
  }))
}
