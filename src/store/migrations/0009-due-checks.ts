import type { Migration } from 'kysely/migration'
import { runDdl } from './ddl.ts'

/** Which invoices were looked at once their last day to pay was over; final ones cannot hold it themselves. */
export const dueChecks: Migration = {
  up: db =>
    runDdl(db, [
      // No reference: the invoices' own migration can still be taken back.
      `create table due_checks (
  invoice text primary key,
  at_ms integer not null
) strict, without rowid`,
      `create index invoices_by_due on invoices (due_ms) where due_ms is not null`,
    ]),
  down: db => runDdl(db, ['drop index invoices_by_due', 'drop table due_checks']),
}
