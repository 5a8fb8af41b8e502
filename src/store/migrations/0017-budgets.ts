import type { Migration } from 'kysely/migration'
import { runDdl } from './ddl.ts'

/** Down time as budgets are watched by it, what was told of it, and which nodes said that they end. */
export const budgets: Migration = {
  up: db => runDdl(db, tables),
  down: db =>
    runDdl(db, [
      'drop index failing_app_slices',
      'alter table nodes drop column ended_ms',
      'drop table alerts',
      'drop table judged_down_time',
      'drop table down_time',
    ]),
}

const tables = [
  // Before any exclusion: those may be recorded and withdrawn later.
  `create table down_time (
  part text not null,
  subject text not null,
  start_ms integer not null,
  end_ms integer not null,
  primary key (part, subject, start_ms)
) strict, without rowid`,
  'create index down_time_by_end on down_time (part, end_ms)',
  `create table judged_down_time (
  part text primary key,
  judged_to_ms integer not null,
  judged_again_ms integer not null,
  judged_as text not null
) strict, without rowid`,
  `create table alerts (
  id text primary key,
  kind text not null,
  subject text not null,
  level text not null,
  because text not null,
  opened_ms integer not null,
  cleared_ms integer,
  mailed_ms integer
) strict`,
  'create unique index open_alerts on alerts (kind, subject) where cleared_ms is null',
  'create index alerts_by_level on alerts (kind, level)',
  'alter table nodes add column ended_ms integer',
  // Who failed lately is asked each minute; of what was served, the index holds nothing.
  'create index failing_app_slices on app_slices (slice_ms, name) where failed > 0',
]
