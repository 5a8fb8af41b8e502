import { type Kysely, sql } from 'kysely'
import { utcMonth } from '../core/time/utc-month.ts'
import type { SeenUser } from './batch.ts'
import { chunks, mergeBy } from './rows.ts'
import type { Schema } from './schema.ts'

/** Notes who was active: a row a user and UTC month, with the first day of the month on which it was. */
export async function addUsers(db: Kysely<Schema>, users: readonly SeenUser[]): Promise<void> {
  if (users.length === 0) return
  const numbers = await numbersOfMonths(db, users)
  const rows = mergeBy(
    users.map(({ appId, userKey, atMs }) => ({
      app_month: numbers.get(`${utcMonth(atMs)} ${appId}`)!,
      key: userKey,
      first_day: new Date(atMs).getUTCDate(),
    })),
    row => [row.app_month, row.key],
    (one, other) => (other.first_day < one.first_day ? other : one),
  )
  for (const chunk of chunks(rows)) {
    await db
      .insertInto('active_users')
      .values(chunk.map(({ key, ...row }) => ({ ...row, user_key: keyBytes(key) })))
      .onConflict(conflict =>
        conflict
          .columns(['app_month', 'user_key'])
          .doUpdateSet({ first_day: sql`excluded.first_day` })
          .where(sql<boolean>`excluded.first_day < active_users.first_day`),
      )
      .execute()
  }
}

/** Who of an organization's apps was active in a UTC month, `YYYY-MM`; users as `userKey` names them. */
export async function activeUsers(
  db: Kysely<Schema>,
  organizationId: string,
  month: string,
): Promise<{ appId: string; userKey: string }[]> {
  const rows = await ofMonth(db, organizationId, month)
    .select(['app_months.app as appId', 'active_users.user_key as key'])
    .execute()
  return rows.map(({ appId, key }) => ({ appId, userKey: Buffer.from(key).toString('base64url') }))
}

export interface UsersOfDay {
  readonly appId: string
  /** Day of the month, from 1. */
  readonly day: number
  /** Users first seen that month on this day: over the days they add up to the app's MAU. */
  readonly users: number
}

/** The active users of apps in a UTC month, `YYYY-MM`: in the order of the apps, ascending by day. */
export async function usersByMonth(
  db: Kysely<Schema>,
  apps: readonly string[],
  month: string,
): Promise<UsersOfDay[]> {
  const days: UsersOfDay[] = []
  // An app at a time: joined, the database would sort millions of rows by the app's name as well.
  for (const appId of apps) {
    const number = await numberOf(db, appId, month)
    if (number === undefined) continue
    const rows = await db
      .selectFrom('active_users')
      .select(({ fn }) => ['first_day as day', fn.countAll<number>().as('users')])
      .where('app_month', '=', number)
      .groupBy('first_day')
      .orderBy('first_day')
      .execute()
    days.push(...rows.map(row => ({ appId, ...row })))
  }
  return days
}

async function numberOf(db: Kysely<Schema>, appId: string, month: string): Promise<number | undefined> {
  const query = db.selectFrom('app_months').select('number')
  const row = await query.where('month', '=', month).where('app', '=', appId).executeTakeFirst()
  return row?.number
}

function ofMonth(db: Kysely<Schema>, organizationId: string, month: string) {
  return db
    .selectFrom('apps')
    .innerJoin('app_months', 'app_months.app', 'apps.id')
    .innerJoin('active_users', 'active_users.app_month', 'app_months.number')
    .where('apps.organization', '=', organizationId)
    .where('app_months.month', '=', month)
}

/** One number for an app's month, so that a user costs few bytes. By `MONTH APP`. */
async function numbersOfMonths(
  db: Kysely<Schema>,
  users: readonly SeenUser[],
): Promise<ReadonlyMap<string, number>> {
  const wanted = mergeBy(
    users.map(({ appId, atMs }) => ({ app: appId, month: utcMonth(atMs) })),
    row => [row.app, row.month],
    one => one,
  )
  const numbers = await knownMonths(db, wanted)
  const missing = wanted.filter(({ app, month }) => !numbers.has(`${month} ${app}`))
  if (missing.length === 0) return numbers
  for (const chunk of chunks(missing)) {
    await db
      .insertInto('app_months')
      .values(chunk)
      .onConflict(conflict => conflict.columns(['month', 'app']).doNothing())
      .execute()
  }
  return knownMonths(db, wanted)
}

async function knownMonths(db: Kysely<Schema>, wanted: readonly { app: string; month: string }[]) {
  const numbers = new Map<string, number>()
  const months = [...new Set(wanted.map(({ month }) => month))]
  for (const chunk of chunks([...new Set(wanted.map(({ app }) => app))])) {
    const rows = await db
      .selectFrom('app_months')
      .selectAll()
      .where('month', 'in', months)
      .where('app', 'in', chunk)
      .execute()
    for (const { app, month, number } of rows) numbers.set(`${month} ${app}`, number)
  }
  return numbers
}

function keyBytes(key: string): Uint8Array {
  return Uint8Array.from(Buffer.from(key, 'base64url'))
}
