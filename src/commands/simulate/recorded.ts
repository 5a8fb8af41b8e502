import type { Kysely } from 'kysely'
import { monthUsage } from '../../control-plane/usage/month-usage.ts'
import type { MinuteOfRequests } from '../../core/limits/replay.ts'
import type { Unit } from '../../core/pricing/overage.ts'
import { monthSpan } from '../../core/time/month.ts'
import type { Outcome } from '../../store/outcome.ts'
import { requestsByMinute } from '../../store/requests.ts'
import type { Schema } from '../../store/schema.ts'

/** What an organization used in a UTC month, over all its apps and nodes; so far, of a running one. */
export interface RecordedUsage extends Readonly<Record<Unit, number>> {
  /** Users first seen on each day, from the first: they add up to the MAU. */
  readonly newUsersByDay: readonly number[]
}

/** Users added up over the apps, and the exact peak of connections. */
export async function recordedUsage(
  db: Kysely<Schema>,
  organizationId: string,
  month: string,
  nowMs: number,
): Promise<RecordedUsage> {
  const { mau, connections, days } = await monthUsage(db, organizationId, month, nowMs)
  const seen = days.map(({ newUsers }) => newUsers)
  // A node whose clock is ahead saw users on a day that has not begun here.
  const ahead = mau - seen.reduce((sum, users) => sum + users, 0)
  return { mau, connections, newUsersByDay: ahead > 0 ? [...seen, ahead] : seen }
}

const DAY_MS = 86_400_000
/** They passed the limits, whatever came of them afterwards. */
const ADMITTED: readonly Outcome[] = ['served', 'failed', 'client-error', 'aborted']

/** An app's minutes in a month, day by day: a whole month of a busy app would not fit into memory. */
export async function* recordedMinutes(
  db: Kysely<Schema>,
  appId: string,
  month: string,
): AsyncGenerator<MinuteOfRequests> {
  const { startMs, endMs } = monthSpan(month)
  for (let fromMs = startMs; fromMs < endMs; fromMs += DAY_MS) {
    const rows = await requestsByMinute(db, { appId, fromMs, toMs: fromMs + DAY_MS })
    const minutes = new Map<string, MinuteOfRequests>()
    for (const { endpoint, platform, minuteMs, outcome, count } of rows) {
      const key = JSON.stringify([minuteMs, endpoint, platform])
      const known = minutes.get(key) ?? { endpoint, platform, minuteMs, admitted: 0, limited: 0 }
      const admitted = known.admitted + (ADMITTED.includes(outcome) ? count : 0)
      minutes.set(key, { ...known, admitted, limited: known.limited + (outcome === 'limited' ? count : 0) })
    }
    yield* minutes.values()
  }
}
