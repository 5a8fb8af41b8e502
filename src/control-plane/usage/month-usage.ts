import { setImmediate } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { monthDayStarts } from '../../core/metering/month-days.ts'
import { type Peak, createPeakMeter, highestPeak } from '../../core/metering/peak-meter.ts'
import { monthSpan } from '../../core/time/month.ts'
import { usersByMonth } from '../../store/active-users.ts'
import { connectionIntervals } from '../../store/connection-intervals.ts'
import type { Schema } from '../../store/schema.ts'

/** What an organization used in a UTC month, over all its apps and nodes; so far, of a running one. Plain data. */
export interface MonthUsage {
  /** `YYYY-MM` */
  readonly month: string
  /** Distinct users an app, added up over the apps. */
  readonly mau: number
  readonly mauByApp: ReadonlyMap<string, number>
  /** The exact peak of connections open at once. */
  readonly connections: number
  /** That peak, with its instant and its parts. */
  readonly peak: Peak
  /** The days that have begun, ascending. */
  readonly days: readonly DayUsage[]
}

/** What of it a month is billed by. */
export type BilledUsage = Pick<MonthUsage, 'mau' | 'connections'>

export interface DayUsage {
  /** `YYYY-MM-DD` */
  readonly date: string
  /** Users first seen this month on this day. */
  readonly newUsers: number
  /** The month's active users up to the end of this day. */
  readonly mau: number
  readonly peak: Peak
}

/**
 * Reads what an organization used in a month, `YYYY-MM`. `nowMs` says which days have begun and which nodes are dead;
 * it is the clock's own now if left out. Five million users and connections take half a minute of a core, in pieces
 * between which others get their turn but for the count of users: on the control plane's thread, ask `UsageReader`.
 */
export async function monthUsage(
  db: Kysely<Schema>,
  organizationId: string,
  month: string,
  nowMs = Date.now(),
): Promise<MonthUsage> {
  const peaks = await peaksByDay(db, organizationId, month, nowMs)
  const users = await usersByMonth(db, organizationId, month)
  const mauByApp = new Map<string, number>()
  const newUsers = new Map<number, number>()
  for (const { appId, day, users: count } of users) {
    mauByApp.set(appId, (mauByApp.get(appId) ?? 0) + count)
    newUsers.set(day, (newUsers.get(day) ?? 0) + count)
  }
  let mau = 0
  const days = peaks.map((peak, at) => {
    const day = at + 1
    const seen = newUsers.get(day) ?? 0
    mau += seen
    return { date: `${month}-${String(day).padStart(2, '0')}`, newUsers: seen, mau, peak }
  })
  const peak = highestPeak(peaks) ?? noPeak(month)
  // Added up anew: a clock that is ahead may have seen users on a day that has not begun here.
  const total = [...mauByApp.values()].reduce((sum, count) => sum + count, 0)
  return { month, mau: total, mauByApp, connections: peak.peak, peak, days }
}

async function peaksByDay(
  db: Kysely<Schema>,
  organizationId: string,
  month: string,
  nowMs: number,
): Promise<Peak[]> {
  const starts = monthDayStarts(month)
  const begun = starts.slice(0, -1).filter(startMs => startMs <= nowMs).length
  if (begun === 0) return []
  const boundaries = starts.slice(0, begun + 1)
  const meter = createPeakMeter(boundaries)
  const span = { fromMs: boundaries[0]!, toMs: boundaries.at(-1)!, nowMs }
  for await (const page of connectionIntervals(db, organizationId, span)) {
    for (const connection of page) meter.add(connection)
    // Reading SQLite never leaves the thread by itself.
    await setImmediate()
  }
  return meter.finish()
}

function noPeak(month: string): Peak {
  const { startMs, endMs } = monthSpan(month)
  const none = { atMs: undefined, byApp: new Map(), byPlatform: new Map(), reconnectOverlap: 0 }
  return { fromMs: startMs, toMs: endMs, peak: 0, ...none }
}
