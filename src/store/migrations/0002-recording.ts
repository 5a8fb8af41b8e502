import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { userKey } from '../user-key.ts'
import { runDdl } from './ddl.ts'

/**
 * What recording keeps besides counts: latencies, slices, when nodes were there, what was lost. Users are known by a
 * key from here on, 16 bytes instead of their ids, and a name that stands in many rows by a number.
 */
export const recording: Migration = {
  async up(db) {
    await runDdl(db, tables)
    await keyUsers(db as Kysely<Before & After>)
    await runDdl(db, ['drop table users_by_month', 'alter table connections drop column "user"'])
  },
  /** Ids of users cannot be had back: their keys stand for them, and past months count as before. */
  async down(db) {
    await runDdl(db, [usersByMonth, 'alter table connections add column "user" text'])
    await unkeyUsers(db as Kysely<Before & After>)
    await runDdl(db, withoutTables)
  },
}

const tables = [
  // Counts a bucket, packed as latency-blob.ts says; null in rows from before.
  `alter table requests_by_minute add column latency blob`,
  `create table recorded_names (
  number integer primary key,
  name text not null unique
) strict`,
  // Valid and failed requests by the slice in which they arrived. The length is part of the key, because another
  // contract may have another.
  `create table app_slices (
  name integer not null,
  slice_ms integer not null,
  seconds integer not null,
  valid integer not null,
  failed integer not null,
  primary key (name, slice_ms, seconds)
) strict, without rowid`,
  `create table endpoint_slices (
  name integer not null,
  slice_ms integer not null,
  seconds integer not null,
  valid integer not null,
  failed integer not null,
  primary key (name, slice_ms, seconds)
) strict, without rowid`,
  `create table app_months (
  number integer primary key,
  month text not null,
  app text not null,
  unique (month, app)
) strict`,
  `create table active_users (
  app_month integer not null,
  user_key blob not null,
  first_day integer not null,
  primary key (app_month, user_key)
) strict, without rowid`,
  `alter table connections add column user_key text`,
  `drop index connections_by_app`,
  `create index connections_by_app on connections (app, opened_ms, id)`,
  // Finds those that a span of time begins with.
  `create index connections_by_close on connections (app, closed_ms)`,
  `create table node_beats (
  node text not null,
  from_ms integer not null,
  to_ms integer not null,
  primary key (node, from_ms)
) strict, without rowid`,
  `create index node_beats_by_end on node_beats (to_ms)`,
  `create table unmeasured (
  node text not null,
  app text not null,
  from_ms integer not null,
  to_ms integer not null,
  primary key (node, app, from_ms, to_ms)
) strict, without rowid`,
  `create index unmeasured_by_app on unmeasured (app, to_ms)`,
]

const usersByMonth = `create table users_by_month (
  app text not null,
  month text not null,
  "user" text not null,
  first_seen_ms integer not null,
  primary key (app, month, "user")
) strict, without rowid`

const withoutTables = [
  'drop table unmeasured',
  'drop table node_beats',
  'drop index connections_by_close',
  'drop index connections_by_app',
  'alter table connections drop column user_key',
  'create index connections_by_app on connections (app, opened_ms)',
  'drop table active_users',
  'drop table app_months',
  'drop table endpoint_slices',
  'drop table app_slices',
  'drop table recorded_names',
  'alter table requests_by_minute drop column latency',
]

/** What the copying touches, before and after. */
interface Before {
  users_by_month: { app: string; month: string; user: string; first_seen_ms: number }
}
interface After {
  app_months: { number: number; month: string; app: string }
  active_users: { app_month: number; user_key: Uint8Array; first_day: number }
  connections: { id: string; app: string; user: string | null; user_key: string | null }
}

/** Few enough for one statement, enough for some 100,000 rows a second. */
const ROWS_A_PAGE = 1000

async function keyUsers(db: Kysely<Before & After>): Promise<void> {
  await sql`insert into app_months (month, app) select distinct month, app from users_by_month order by month, app`.execute(
    db,
  )
  for (const { number, month, app } of await db.selectFrom('app_months').selectAll().execute()) {
    const ofMonth = db
      .selectFrom('users_by_month')
      .select(['user', 'first_seen_ms'])
      .where('app', '=', app)
      .where('month', '=', month)
      .orderBy('user')
      .limit(ROWS_A_PAGE)
    for (let last = ''; ;) {
      const rows = await ofMonth.where('user', '>', last).execute()
      if (rows.length === 0) break
      last = rows.at(-1)!.user
      const keyed = rows.map(({ user, first_seen_ms }) => ({
        app_month: number,
        user_key: Uint8Array.from(Buffer.from(userKey(app, user), 'base64url')),
        first_day: new Date(first_seen_ms).getUTCDate(),
      }))
      await db.insertInto('active_users').values(keyed).execute()
    }
  }
  const users = await db
    .selectFrom('connections')
    .select(['app', 'user'])
    .distinct()
    .where('user', 'is not', null)
    .execute()
  for (const { app, user } of users) {
    await db
      .updateTable('connections')
      .set({ user_key: userKey(app, user!) })
      .where('app', '=', app)
      .where('user', '=', user)
      .execute()
  }
}

async function unkeyUsers(db: Kysely<Before & After>): Promise<void> {
  await sql`update connections set "user" = user_key`.execute(db)
  for (const { number, month, app } of await db.selectFrom('app_months').selectAll().execute()) {
    const monthMs = Date.parse(`${month}-01T00:00:00Z`)
    const ofMonth = db
      .selectFrom('active_users')
      .select(['user_key', 'first_day'])
      .where('app_month', '=', number)
      .orderBy('user_key')
      .limit(ROWS_A_PAGE)
    for (let last = new Uint8Array(); ;) {
      const rows = await ofMonth.where('user_key', '>', last).execute()
      if (rows.length === 0) break
      last = Uint8Array.from(rows.at(-1)!.user_key)
      const named = rows.map(({ user_key, first_day }) => ({
        app,
        month,
        user: Buffer.from(user_key).toString('base64url'),
        first_seen_ms: monthMs + (first_day - 1) * 86_400_000,
      }))
      await db.insertInto('users_by_month').values(named).execute()
    }
  }
}
