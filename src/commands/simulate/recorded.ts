import type { Kysely } from 'kysely'
import { monthUsage } from '../../control-plane/usage/month-usage.ts'
import type { MinuteOfRequests } from '../../core/limits/replay.ts'
import type { Unit } from '../../core/pricing/overage.ts'
import { monthSpan } from '../../core/time/month.ts'
import type { Outcome } from '../../store/outcome.ts'
import { requestsByMinute } from '../../store/requests.ts'
import type { Schema } from '../../store/schema.ts'

/** What an organization used in a UTC month, over all its apps and nodes; so far, of a running one. */
export type UsageOfMonth = (
  db: Kysely<Schema>,
  organizationId: string,
  month: string,
) => Promise<Readonly<Record<Unit, number>>>

/** Users added up over the apps, and the exact peak of connections. */
export function recordedUsage(nowMs: number): UsageOfMonth {
  return async (db, organizationId, month) => {
    const { mau, connections } = await monthUsage(db, organizationId, month, nowMs)
    return { mau, connections }
  }
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
