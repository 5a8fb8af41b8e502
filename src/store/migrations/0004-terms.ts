import type { Migration } from 'kysely/migration'
import { runDdl } from './ddl.ts'

/** What was negotiated with one organization, from a date on. */
export const terms: Migration = {
  up: db =>
    runDdl(db, [
      `create table terms (
  id text primary key,
  organization text not null references organizations (id),
  from_ms integer not null,
  said text not null,
  terms text not null,
  contract_version integer not null,
  created_ms integer not null,
  superseded_ms integer
) strict`,
      `create index terms_by_organization on terms (organization, from_ms)`,
    ]),
  down: db => runDdl(db, ['drop table terms']),
}
