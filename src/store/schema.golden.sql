-- The schema after migration 0008-usage.

CREATE TABLE active_users (
  app_month integer not null,
  user_key blob not null,
  first_day integer not null,
  primary key (app_month, user_key)
) strict, without rowid;

CREATE TABLE api_keys (
  id text primary key,
  app text not null references apps (id),
  hash text not null unique,
  last_four text not null,
  created_ms integer not null,
  deleted_ms integer
) strict;

CREATE INDEX api_keys_by_app on api_keys (app, created_ms);

CREATE TABLE app_months (
  number integer primary key,
  month text not null,
  app text not null,
  unique (month, app)
) strict;

CREATE TABLE app_slices (
  name integer not null,
  slice_ms integer not null,
  seconds integer not null,
  valid integer not null,
  failed integer not null,
  primary key (name, slice_ms, seconds)
) strict, without rowid;

CREATE TABLE apps (
  id text primary key,
  organization text not null references organizations (id),
  name text not null,
  sealed_secret blob not null,
  limits text not null,
  suspended_ms integer,
  suspended_reason text,
  created_ms integer not null,
  revision integer not null
) strict;

CREATE INDEX apps_by_organization on apps (organization, created_ms, id);

CREATE INDEX apps_by_revision on apps (revision);

CREATE TABLE audit (
  number integer primary key,
  at_ms integer not null,
  actor text not null,
  action text not null,
  subject text not null,
  organization text,
  details text not null
) strict;

CREATE INDEX audit_by_organization on audit (organization, number);

CREATE TABLE closes_ahead (
  connection text primary key,
  closed_ms integer not null
) strict, without rowid;

CREATE TABLE connections (
  id text primary key,
  app text not null,
  platform text not null,
  endpoint text not null,
  node text not null,
  opened_ms integer not null,
  closed_ms integer
, user_key text) strict;

CREATE INDEX connections_by_app on connections (app, opened_ms, id);

CREATE INDEX connections_by_close on connections (app, closed_ms);

CREATE INDEX connections_over_midnight on connections (app, closed_ms)
  where closed_ms / 86400000 > opened_ms / 86400000;

CREATE TABLE contract_versions (
  version integer primary key,
  yaml text not null,
  documents text not null,
  source text not null check (source in ('file', 'api')),
  loaded_ms integer not null,
  prices_from_ms integer not null
) strict;

CREATE TABLE directory_revision (
  id integer primary key check (id = 1),
  revision integer not null
) strict;

CREATE TABLE endpoint_slices (
  name integer not null,
  slice_ms integer not null,
  seconds integer not null,
  valid integer not null,
  failed integer not null,
  primary key (name, slice_ms, seconds)
) strict, without rowid;

CREATE TABLE idempotency (
  scope text not null,
  key text not null,
  request_hash text not null,
  sealed_answer blob not null,
  created_ms integer not null,
  primary key (scope, key)
) strict;

CREATE INDEX idempotency_by_age on idempotency (created_ms);

CREATE TABLE job_runs (
  job text not null,
  period text not null,
  holder text not null,
  held_until_ms integer not null,
  tries integer not null,
  error text,
  finished_ms integer,
  primary key (job, period)
) strict, without rowid;

CREATE TABLE members (
  id text primary key,
  name text not null,
  email text not null,
  role text not null,
  organization text references organizations (id),
  token_hash text not null unique,
  created_ms integer not null,
  deleted_ms integer
) strict;

CREATE TABLE node_beats (
  node text not null,
  from_ms integer not null,
  to_ms integer not null,
  primary key (node, from_ms)
) strict, without rowid;

CREATE INDEX node_beats_by_end on node_beats (to_ms);

CREATE TABLE nodes (
  id text primary key,
  started_ms integer not null,
  last_seen_ms integer not null
) strict;

CREATE TABLE organizations (
  id text primary key,
  name text not null,
  billing text not null,
  eligibility text,
  created_ms integer not null
) strict;

CREATE TABLE recorded_names (
  number integer primary key,
  name text not null unique
) strict;

CREATE TABLE recorder_ahead (
  node text not null,
  sequence integer not null,
  primary key (node, sequence)
) strict, without rowid;

CREATE TABLE recorder_progress (
  node text primary key,
  applied_up_to integer not null
) strict;

CREATE TABLE requests_by_minute (
  app text not null,
  minute_ms integer not null,
  endpoint text not null,
  platform text not null,
  outcome text not null,
  count integer not null, latency blob,
  primary key (app, minute_ms, endpoint, platform, outcome)
) strict, without rowid;

CREATE TABLE subscriptions (
  id text primary key,
  organization text not null references organizations (id),
  plan text not null,
  support_plan text not null,
  add_ons text not null,
  interval text not null check (interval in ('monthly', 'annual')),
  from_ms integer not null,
  created_ms integer not null,
  superseded_ms integer
) strict;

CREATE INDEX subscriptions_by_organization on subscriptions (organization, from_ms);

CREATE TABLE terms (
  id text primary key,
  organization text not null references organizations (id),
  from_ms integer not null,
  said text not null,
  terms text not null,
  contract_version integer not null,
  created_ms integer not null,
  superseded_ms integer
) strict;

CREATE INDEX terms_by_organization on terms (organization, from_ms);

CREATE TABLE unmeasured (
  node text not null,
  app text not null,
  from_ms integer not null,
  to_ms integer not null,
  primary key (node, app, from_ms, to_ms)
) strict, without rowid;

CREATE INDEX unmeasured_by_app on unmeasured (app, to_ms);

CREATE TABLE usage_alerts (
  organization text not null,
  month text not null,
  subject text not null,
  percent integer not null,
  used integer not null,
  allowed integer not null,
  at_ms integer not null,
  primary key (organization, month, subject, percent)
) strict, without rowid;
