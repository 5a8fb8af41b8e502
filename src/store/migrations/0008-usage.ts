import type { Migration } from 'kysely/migration'
import { runDdl } from './ddl.ts'

/** What usage needs: which alerts were given, and a quick way to the connections with which a day begins. */
export const usage: Migration = {
  up: db =>
    runDdl(db, [
      `create table usage_alerts (
  organization text not null,
  month text not null,
  subject text not null,
  percent integer not null,
  used integer not null,
  allowed integer not null,
  at_ms integer not null,
  primary key (organization, month, subject, percent)
) strict, without rowid`,
      // Few see a midnight: among all that closed after one they could only be searched for.
      `create index connections_over_midnight on connections (app, closed_ms)
  where closed_ms / 86400000 > opened_ms / 86400000`,
    ]),
  down: db => runDdl(db, ['drop index connections_over_midnight', 'drop table usage_alerts']),
}
