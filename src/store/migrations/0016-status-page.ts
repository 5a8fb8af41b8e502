import type { Migration } from 'kysely/migration'
import { runDdl } from './ddl.ts'

/** What the status page shows of past days, and whom it tells of the next. */
export const statusPage: Migration = {
  up: db => runDdl(db, tables),
  down: db =>
    runDdl(db, [
      'alter table status_subscribers drop column sealed_secret',
      'alter table status_subscribers drop column asked_ms',
      'drop index evidence_heads',
      'drop table status_notices',
      'drop table component_days',
    ]),
}

const tables = [
  // The component '' is the whole platform; days are of UTC.
  `create table component_days (
  component text not null,
  day text not null,
  measured_ms integer not null,
  down_ms integer not null,
  idle_ms integer not null,
  excluded_ms integer not null,
  unmeasured_ms integer not null,
  valid integer not null,
  failed integer not null,
  contract integer not null,
  judged_ms integer not null,
  primary key (day, component)
) strict, without rowid`,
  // An event that subscribers of the status page are still to be told of, and how far the list was gone through.
  `create table status_notices (
  event text primary key,
  at_ms integer not null,
  last_subscriber text not null
) strict, without rowid`,
  // In the table itself a head lies behind its file, which would have to be read for it.
  'create index evidence_heads on evidence (month, head, signature)',
  'alter table status_subscribers add column asked_ms integer not null default 0',
  'alter table status_subscribers add column sealed_secret blob',
]
