import { setImmediate } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { monthDayStarts } from '../../core/metering/month-days.ts'
import { type MeteredPeaks, createPeakMeter, highestPeak } from '../../core/metering/peak-meter.ts'
import type { Peak } from '../../core/metering/running-peak.ts'
import { monthSpan } from '../../core/time/month.ts'
import { usersByMonth } from '../../store/active-users.ts'
import { appIdsOf } from '../../store/apps.ts'
import { connectionIntervals } from '../../store/connection-intervals.ts'
import type { Schema } from '../../store/schema.ts'

/** What apps used in a UTC month, over all of them and all nodes; so far, of a running one. Plain data. */
export interface MonthUsage {
  /** `YYYY-MM` */
  readonly month: string
  /** Distinct users an app, added up over the apps. */
  readonly mau: number
  /** The exact peak of connections open at once. */
  readonly connections: number
  /** That peak, with its instant and its parts. */
  readonly peak: Peak
  /** The days that have begun, ascending. */
  readonly days: readonly DayUsage[]
  /** By app, of those that had users or connections. */
  readonly apps: ReadonlyMap<string, AppMonth>
}

/** One app's part of a month. */
export interface AppMonth {
  readonly mau: number
  /** The app's own exact peak, which may be at another instant than that over all apps. */
  readonly peak: Peak
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
 * it is the clock's own now if left out. Five million users and connections take about a minute of a core, in pieces
 * between which others get their turn but for the count of users: on the control plane's thread, ask `UsageReader`.
 */
export async function monthUsage(
  db: Kysely<Schema>,
  organizationId: string,
  month: string,
  nowMs = Date.now(),
): Promise<MonthUsage> {
  return monthUsageOf(db, await appIdsOf(db, organizationId), month, nowMs)
}

/** The same of some apps: of one, what is that app's own. */
export async function monthUsageOf(
  db: Kysely<Schema>,
  apps: readonly string[],
  month: string,
  nowMs: number,
): Promise<MonthUsage> {
  const peaks = await readPeaks(db, apps, month, nowMs)
  const users = await usersByMonth(db, apps, month)
  const mauByApp = new Map<string, number>()
  const newUsers = new Map<number, number>()
  for (const { appId, day, users: count } of users) {
    mauByApp.set(appId, (mauByApp.get(appId) ?? 0) + count)
    newUsers.set(day, (newUsers.get(day) ?? 0) + count)
  }
  let mau = 0
  const days = peaks.periods.map((peak, at) => {
    const day = at + 1
    const seen = newUsers.get(day) ?? 0
    mau += seen
    return { date: `${month}-${String(day).padStart(2, '0')}`, newUsers: seen, mau, peak }
  })
  const none = noPeak(month)
  const peak = highestPeak(peaks.periods) ?? none
  const active = apps.filter(app => mauByApp.has(app) || peaks.apps.has(app))
  const ofApp = (app: string) => ({ mau: mauByApp.get(app) ?? 0, peak: peaks.apps.get(app) ?? none })
  return {
    month,
    // Added up anew: a clock that is ahead may have seen users on a day that has not begun here.
    mau: [...mauByApp.values()].reduce((sum, count) => sum + count, 0),
    connections: peak.peak,
    peak,
    days,
    apps: new Map(active.map(app => [app, ofApp(app)])),
  }
}

/** By day over all apps, and of each app over all days: one reading of the connections. */
async function readPeaks(
  db: Kysely<Schema>,
  apps: readonly string[],
  month: string,
  nowMs: number,
): Promise<MeteredPeaks> {
  const starts = monthDayStarts(month)
  const begun = starts.slice(0, -1).filter(startMs => startMs <= nowMs).length
  if (begun === 0) return { periods: [], apps: new Map() }
  const boundaries = starts.slice(0, begun + 1)
  const meter = createPeakMeter(boundaries)
  const span = { fromMs: boundaries[0]!, toMs: boundaries.at(-1)!, nowMs }
  for await (const page of connectionIntervals(db, apps, span)) {
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
