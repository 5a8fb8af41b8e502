import type { Migration } from 'kysely/migration'
import { runDdl } from './ddl.ts'

/** Who decided a plan, who issued a credit note and why, and payments that are taken back or paid back. */
export const decisions: Migration = {
  up: db =>
    runDdl(db, [
      'alter table subscriptions add column author text',
      // The audit kept it: in the same transaction, so at the same instant.
      `update subscriptions set author = (
  select a.actor from audit a
  where a.organization = subscriptions.organization and a.at_ms = subscriptions.created_ms
    and a.action in ('organization.created', 'subscription.changed', 'plan.not-eligible')
  order by a.number limit 1
)`,
      'alter table invoices add column author text',
      'alter table invoices add column reason text',
      'alter table payments add column reverses text',
      'alter table payments add column reason text',
      'create unique index payments_by_reversed on payments (reverses) where reverses is not null',
    ]),
  // What was taken back stays as an amount below zero, so that an older Weir comes to the same sums.
  down: db =>
    runDdl(db, [
      'drop index payments_by_reversed',
      'alter table payments drop column reason',
      'alter table payments drop column reverses',
      'alter table invoices drop column reason',
      'alter table invoices drop column author',
      'alter table subscriptions drop column author',
    ]),
}
