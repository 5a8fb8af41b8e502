import type { Migration } from 'kysely/migration'
import { runDdl } from './ddl.ts'

/** What happened and who is to hear of it: the outbox, the webhooks it goes to, and the log of each attempt. */
export const events: Migration = {
  up: db =>
    runDdl(db, [
      `create table events (
  id text primary key,
  type text not null,
  organization text references organizations (id),
  at_ms integer not null,
  data text not null
) strict`,
      `create table webhooks (
  id text primary key,
  organization text references organizations (id),
  url text not null,
  events text not null,
  sealed_secret blob not null,
  old_sealed_secret blob,
  old_secret_until_ms integer,
  failing_since_ms integer,
  disabled_ms integer,
  disabled_reason text,
  created_ms integer not null
) strict`,
      `create table deliveries (
  id text primary key,
  channel text not null,
  event text references events (id),
  webhook text references webhooks (id),
  mail text,
  state text not null,
  attempts integer not null,
  failures integer not null,
  due_ms integer not null,
  held_until_ms integer not null,
  created_ms integer not null
) strict`,
      `create index deliveries_waiting on deliveries (due_ms) where state = 'waiting'`,
      `create index deliveries_by_webhook on deliveries (webhook, created_ms)`,
      `create index deliveries_by_event on deliveries (event)`,
      `create table delivery_attempts (
  delivery text not null references deliveries (id),
  attempt integer not null,
  at_ms integer not null,
  ms integer,
  status integer,
  error text,
  response text,
  primary key (delivery, attempt)
) strict, without rowid`,
    ]),
  down: db =>
    runDdl(db, [
      'drop table delivery_attempts',
      'drop table deliveries',
      'drop table webhooks',
      'drop table events',
    ]),
}
