import type { Migration } from 'kysely/migration'
import { runDdl } from './ddl.ts'

/** A text that is sealed with the key of this store's secrets, so that every node can tell whether it has that key. */
export const keyCheck: Migration = {
  up: db =>
    runDdl(db, [
      `create table key_check (
  id integer primary key check (id = 1),
  sealed blob not null
) strict`,
    ]),
  down: db => runDdl(db, ['drop table key_check']),
}
