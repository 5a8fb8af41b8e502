import type { Migration } from 'kysely/migration'
import { runDdl } from './ddl.ts'

/** Which job ran for which period, and who is at it. */
export const jobs: Migration = {
  up: db =>
    runDdl(db, [
      `create table job_runs (
  job text not null,
  period text not null,
  holder text not null,
  held_until_ms integer not null,
  tries integer not null,
  error text,
  finished_ms integer,
  primary key (job, period)
) strict, without rowid`,
    ]),
  down: db => runDdl(db, ['drop table job_runs']),
}
