import { utcMonth } from '../time/utc-month.ts'

/** A user of an app who was active at an instant, in Unix milliseconds. Server tokens are none. */
export interface Sighting {
  readonly app: string
  readonly user: string
  readonly atMs: number
}

/** The users of one UTC calendar month. */
export interface ActiveUsers {
  /** Distinct users an app. */
  readonly byApp: ReadonlyMap<string, number>
  /** The apps' numbers added up: a user of two apps is two. */
  readonly mau: number
  /** Of those, first seen up to the end of each day of the month. The last is `mau`. */
  readonly byDay: readonly number[]
}

/**
 * Monthly active users: distinct users an app and UTC calendar month, added up over the apps of an organization. The
 * order, repetition and division of what comes in make no difference. Months are `YYYY-MM`.
 */
export function activeUsersByMonth(sightings: Iterable<Sighting>): Map<string, ActiveUsers> {
  const months = new Map<string, AppUsers>()
  for (const { app, user, atMs } of sightings) {
    const apps = entry(months, utcMonth(atMs), (): AppUsers => new Map())
    const users = entry(apps, app, (): FirstDays => new Map())
    const day = new Date(atMs).getUTCDate()
    users.set(user, Math.min(users.get(user) ?? day, day))
  }
  return new Map([...months].map(([month, apps]) => [month, countUsers(month, apps)]))
}

/** The day of the month on which each user of an app was first seen. */
type FirstDays = Map<string, number>
type AppUsers = Map<string, FirstDays>

function countUsers(month: string, apps: AppUsers): ActiveUsers {
  const firstSeen = Array.from({ length: Temporal.PlainYearMonth.from(month).daysInMonth }, () => 0)
  const byApp = new Map<string, number>()
  for (const [app, users] of apps) {
    byApp.set(app, users.size)
    for (const day of users.values()) firstSeen[day - 1]! += 1
  }
  let mau = 0
  const byDay = firstSeen.map(count => (mau += count))
  return { byApp, mau, byDay }
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  const present = map.get(key)
  if (present !== undefined) return present
  const created = create()
  map.set(key, created)
  return created
}
