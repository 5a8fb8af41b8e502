import type { Migration } from 'kysely/migration'
import { runDdl } from './ddl.ts'

/** What people and probes say about availability, and what was made of it: slices themselves are recorded already. */
export const availability: Migration = {
  up: db => runDdl(db, tables),
  down: db =>
    runDdl(db, [
      'delete from endpoint_slices where name = 0',
      ...[
        'status_subscribers',
        'evidence',
        'claims',
        'sla_credits',
        'sla_months',
        'probe_results',
        'incident_updates',
        'incidents',
        'exclusions',
        'maintenance',
      ].map(name => `drop table ${name}`),
    ]),
}

const tables = [
  // The sum over all endpoints, which recording adds to from here on; no name has the number 0.
  `insert into endpoint_slices (name, slice_ms, seconds, valid, failed)
select 0, slice_ms, seconds, sum(valid), sum(failed) from endpoint_slices group by slice_ms, seconds`,
  // An extension is a window of its own, with its own announcement.
  `create table maintenance (
  id text primary key,
  title text not null,
  start_ms integer not null,
  end_ms integer not null,
  announced_ms integer not null,
  cancelled_ms integer,
  extends text,
  author text not null
) strict`,
  // Without an organization it holds for all of them.
  `create table exclusions (
  id text primary key,
  organization text,
  reason text not null,
  start_ms integer not null,
  end_ms integer not null,
  explanation text not null,
  author text not null,
  created_ms integer not null,
  withdrawn_ms integer,
  withdrawn_by text,
  withdrawn_reason text
) strict`,
  `create table incidents (
  id text primary key,
  title text not null,
  impact text not null,
  status text not null,
  source text not null,
  component text,
  started_ms integer not null,
  resolved_ms integer,
  merged_into text,
  created_ms integer not null
) strict`,
  'create index incidents_by_start on incidents (started_ms)',
  `create table incident_updates (
  incident text not null,
  number integer not null,
  at_ms integer not null,
  status text not null,
  message text not null,
  author text not null,
  primary key (incident, number)
) strict, without rowid`,
  `create table probe_results (
  probe text not null,
  place text not null,
  at_ms integer not null,
  ok integer not null,
  ms integer not null,
  detail text,
  primary key (probe, place, at_ms)
) strict, without rowid`,
  'create index probe_results_by_time on probe_results (at_ms)',
  // What a closed month came to; its report never changes.
  `create table sla_months (
  organization text not null,
  month text not null,
  report text not null,
  credit text,
  closed_ms integer not null,
  primary key (organization, month)
) strict, without rowid`,
  // Which month each credit was given for: late facts may add a second to the first.
  `create table sla_credits (
  credit text primary key,
  organization text not null,
  month text not null
) strict`,
  'create index sla_credits_by_month on sla_credits (organization, month)',
  // What a customer asked for; whether it was in time was judged then, and stays.
  `create table claims (
  id text primary key,
  organization text not null,
  incident text not null,
  subject text not null,
  message text not null,
  accepted integer not null,
  author text not null,
  created_ms integer not null,
  unique (organization, incident)
) strict`,
  `create table evidence (
  organization text not null,
  month text not null,
  file blob not null,
  head text not null,
  signature text not null,
  created_ms integer not null,
  primary key (organization, month)
) strict, without rowid`,
  `create table status_subscribers (
  id text primary key,
  channel text not null,
  address text not null,
  token_hash text not null,
  created_ms integer not null,
  confirmed_ms integer,
  unique (channel, address)
) strict`,
]
