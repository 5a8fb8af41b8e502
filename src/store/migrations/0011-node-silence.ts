import type { Migration } from 'kysely/migration'
import { runDdl } from './ddl.ts'

/** How long each node may be silent before it is taken for dead: by a test's clock that is longer. */
export const nodeSilence: Migration = {
  up: db => runDdl(db, ['alter table nodes add column silent_ms integer not null default 10000']),
  down: db => runDdl(db, ['alter table nodes drop column silent_ms']),
}
