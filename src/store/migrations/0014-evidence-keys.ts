import type { Migration } from 'kysely/migration'
import { runDdl } from './ddl.ts'

/**
 * The key that signs evidence, sealed, for nodes that were given none; and the totals of all apps that evidence
 * commits to, once a reading, however many organizations were judged by it.
 */
export const evidenceKeys: Migration = {
  up: db =>
    runDdl(db, [
      `create table shared_evidence_key (
  id integer primary key check (id = 1),
  sealed blob not null
) strict`,
      `create table evidence_totals (
  id text primary key,
  valid_counts text not null,
  failed_counts text not null
) strict`,
      'alter table evidence add column totals text',
    ]),
  down: db =>
    runDdl(db, [
      'alter table evidence drop column totals',
      'drop table evidence_totals',
      'drop table shared_evidence_key',
    ]),
}
