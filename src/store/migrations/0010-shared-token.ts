import type { Migration } from 'kysely/migration'
import { runDdl } from './ddl.ts'

/** The operator's token, sealed, for nodes that were given none and join others. */
export const sharedToken: Migration = {
  up: db =>
    runDdl(db, [
      `create table shared_token (
  id integer primary key check (id = 1),
  sealed blob not null
) strict`,
    ]),
  down: db => runDdl(db, ['drop table shared_token']),
}
