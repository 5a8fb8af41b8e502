import type { Migration } from 'kysely/migration'
import { runDdl } from './ddl.ts'

/** Apps that probes call with: their requests are in no slice, so that looking does not change what is seen. */
export const probeApps: Migration = {
  up: db => runDdl(db, ['alter table apps add column for_probes integer not null default 0']),
  down: db => runDdl(db, ['alter table apps drop column for_probes']),
}
