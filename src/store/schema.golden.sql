-- The schema after migration 0018-decisions.

CREATE TABLE active_users (
  app_month integer not null,
  user_key blob not null,
  first_day integer not null,
  primary key (app_month, user_key)
) strict, without rowid;

CREATE TABLE alerts (
  id text primary key,
  kind text not null,
  subject text not null,
  level text not null,
  because text not null,
  opened_ms integer not null,
  cleared_ms integer,
  mailed_ms integer
) strict;

CREATE INDEX alerts_by_level on alerts (kind, level);

CREATE UNIQUE INDEX open_alerts on alerts (kind, subject) where cleared_ms is null;

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

CREATE TABLE app_slice_days (
  name integer not null,
  day_ms integer not null,
  seconds integer not null,
  counts blob not null,
  primary key (name, day_ms, seconds)
) strict;

CREATE TABLE app_slices (
  name integer not null,
  slice_ms integer not null,
  seconds integer not null,
  valid integer not null,
  failed integer not null,
  primary key (name, slice_ms, seconds)
) strict, without rowid;

CREATE INDEX failing_app_slices on app_slices (slice_ms, name) where failed > 0;

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
, for_probes integer not null default 0) strict;

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

CREATE TABLE claims (
  id text primary key,
  organization text not null,
  incident text not null,
  subject text not null,
  message text not null,
  accepted integer not null,
  author text not null,
  created_ms integer not null,
  unique (organization, incident)
) strict;

CREATE TABLE closed_months (
  organization text not null references organizations (id),
  month text not null,
  invoice text references invoices (id),
  closed_ms integer not null,
  primary key (organization, month)
) strict, without rowid;

CREATE TABLE closes_ahead (
  connection text primary key,
  closed_ms integer not null
) strict, without rowid;

CREATE TABLE component_days (
  component text not null,
  day text not null,
  measured_ms integer not null,
  down_ms integer not null,
  idle_ms integer not null,
  excluded_ms integer not null,
  unmeasured_ms integer not null,
  valid integer not null,
  failed integer not null,
  contract integer not null,
  judged_ms integer not null,
  primary key (day, component)
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

CREATE TABLE corrections (
  invoice text not null references invoices (id),
  month text not null,
  line text not null,
  primary key (invoice, month)
) strict, without rowid;

CREATE TABLE credit_uses (
  credit text not null references credits (id),
  invoice text not null references invoices (id),
  amount text not null,
  primary key (credit, invoice)
) strict, without rowid;

CREATE INDEX credit_uses_by_invoice on credit_uses (invoice);

CREATE TABLE credits (
  id text primary key,
  organization text not null references organizations (id),
  currency text not null,
  amount text not null,
  reason text not null,
  source text not null,
  author text not null,
  granted_ms integer not null
) strict;

CREATE INDEX credits_by_organization on credits (organization, granted_ms, id);

CREATE TABLE deliveries (
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
, subscriber text) strict;

CREATE INDEX deliveries_by_event on deliveries (event);

CREATE INDEX deliveries_by_webhook on deliveries (webhook, created_ms);

CREATE INDEX deliveries_waiting on deliveries (due_ms) where state = 'waiting';

CREATE TABLE delivery_attempts (
  delivery text not null references deliveries (id),
  attempt integer not null,
  at_ms integer not null,
  ms integer,
  status integer,
  error text,
  response text,
  primary key (delivery, attempt)
) strict, without rowid;

CREATE TABLE directory_revision (
  id integer primary key check (id = 1),
  revision integer not null
) strict;

CREATE TABLE down_time (
  part text not null,
  subject text not null,
  start_ms integer not null,
  end_ms integer not null,
  primary key (part, subject, start_ms)
) strict, without rowid;

CREATE INDEX down_time_by_end on down_time (part, end_ms);

CREATE TABLE due_checks (
  invoice text primary key,
  at_ms integer not null
) strict, without rowid;

CREATE TABLE endpoint_slice_days (
  name integer not null,
  day_ms integer not null,
  seconds integer not null,
  counts blob not null,
  primary key (name, day_ms, seconds)
) strict;

CREATE TABLE endpoint_slices (
  name integer not null,
  slice_ms integer not null,
  seconds integer not null,
  valid integer not null,
  failed integer not null,
  primary key (name, slice_ms, seconds)
) strict, without rowid;

CREATE TABLE events (
  id text primary key,
  type text not null,
  organization text references organizations (id),
  at_ms integer not null,
  data text not null
) strict;

CREATE TABLE evidence (
  organization text not null,
  month text not null,
  file blob not null,
  head text not null,
  signature text not null,
  created_ms integer not null, totals text,
  primary key (organization, month)
) strict, without rowid;

CREATE INDEX evidence_heads on evidence (month, head, signature);

CREATE TABLE evidence_totals (
  id text primary key,
  valid_counts text not null,
  failed_counts text not null
) strict;

CREATE TABLE exclusions (
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
) strict;

CREATE TABLE idempotency (
  scope text not null,
  key text not null,
  request_hash text not null,
  sealed_answer blob not null,
  created_ms integer not null,
  primary key (scope, key)
) strict;

CREATE INDEX idempotency_by_age on idempotency (created_ms);

CREATE TABLE incident_updates (
  incident text not null,
  number integer not null,
  at_ms integer not null,
  status text not null,
  message text not null,
  author text not null,
  primary key (incident, number)
) strict, without rowid;

CREATE TABLE incidents (
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
) strict;

CREATE INDEX incidents_by_start on incidents (started_ms);

CREATE TABLE invoice_numbers (
  series text primary key,
  last integer not null
) strict, without rowid;

CREATE TRIGGER final_invoice_is_not_changed before update on invoices when old.status = 'final'
begin select raise(abort, 'a final invoice never changes'); end;

CREATE TRIGGER invoice_is_not_deleted before delete on invoices
begin select raise(abort, 'an invoice is never deleted'); end;

CREATE TABLE invoices (
  id text primary key,
  organization text not null references organizations (id),
  month text not null,
  kind text not null check (kind in ('invoice', 'credit-note')),
  status text not null check (status in ('awaiting-approval', 'final')),
  number text unique,
  corrects text references invoices (id),
  document text not null,
  due_ms integer,
  created_ms integer not null, author text, reason text,
  check ((status = 'final') = (number is not null))
) strict;

CREATE INDEX invoices_by_age on invoices (created_ms, id);

CREATE INDEX invoices_by_corrected on invoices (corrects);

CREATE INDEX invoices_by_due on invoices (due_ms) where due_ms is not null;

CREATE INDEX invoices_by_organization on invoices (organization, created_ms, id);

CREATE UNIQUE INDEX one_invoice_a_month on invoices (organization, month) where kind = 'invoice';

CREATE TABLE invoicing_settings (
  organization text primary key references organizations (id),
  tax text,
  purchase_order text,
  approval integer not null check (approval in (0, 1))
) strict;

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

CREATE TABLE judged_down_time (
  part text primary key,
  judged_to_ms integer not null,
  judged_again_ms integer not null,
  judged_as text not null
) strict, without rowid;

CREATE TABLE key_check (
  id integer primary key check (id = 1),
  sealed blob not null
) strict;

CREATE TABLE leavings (
  organization text primary key references organizations (id),
  at_ms integer not null,
  reason text not null,
  author text not null
) strict;

CREATE TABLE maintenance (
  id text primary key,
  title text not null,
  start_ms integer not null,
  end_ms integer not null,
  announced_ms integer not null,
  cancelled_ms integer,
  extends text,
  author text not null
) strict;

CREATE TABLE manual_lines (
  id text primary key,
  organization text not null references organizations (id),
  month text not null,
  currency text not null,
  description text not null,
  amount text not null,
  reason text not null,
  author text not null,
  created_ms integer not null
) strict;

CREATE INDEX manual_lines_by_month on manual_lines (organization, month, created_ms);

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
, silent_ms integer not null default 10000, ended_ms integer) strict;

CREATE TABLE organizations (
  id text primary key,
  name text not null,
  billing text not null,
  eligibility text,
  created_ms integer not null
) strict;

CREATE TABLE payments (
  id text primary key,
  invoice text not null references invoices (id),
  amount text not null,
  at_ms integer not null,
  reference text,
  author text not null,
  created_ms integer not null
, reverses text, reason text) strict;

CREATE INDEX payments_by_invoice on payments (invoice, at_ms);

CREATE UNIQUE INDEX payments_by_reversed on payments (reverses) where reverses is not null;

CREATE TABLE plan_notices (
  id text primary key,
  organization text not null references organizations (id),
  plan text not null,
  because text not null,
  given_ms integer not null,
  ends_ms integer not null,
  subscription text,
  withdrawn_ms integer
) strict;

CREATE INDEX plan_notices_by_organization on plan_notices (organization, given_ms);

CREATE TABLE probe_results (
  probe text not null,
  place text not null,
  at_ms integer not null,
  ok integer not null,
  ms integer not null,
  detail text,
  primary key (probe, place, at_ms)
) strict, without rowid;

CREATE INDEX probe_results_by_time on probe_results (at_ms);

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

CREATE TABLE shared_evidence_key (
  id integer primary key check (id = 1),
  sealed blob not null
) strict;

CREATE TABLE shared_token (
  id integer primary key check (id = 1),
  sealed blob not null
) strict;

CREATE TABLE sla_credits (
  credit text primary key,
  organization text not null,
  month text not null
) strict;

CREATE INDEX sla_credits_by_month on sla_credits (organization, month);

CREATE TABLE sla_looks (
  organization text not null,
  month text not null,
  inputs text not null,
  down_time text not null,
  primary key (organization, month)
) strict, without rowid;

CREATE TABLE sla_months (
  organization text not null,
  month text not null,
  report text not null,
  credit text,
  closed_ms integer not null,
  primary key (organization, month)
) strict, without rowid;

CREATE TABLE status_notices (
  event text primary key,
  at_ms integer not null,
  last_subscriber text not null
) strict, without rowid;

CREATE TABLE status_subscribers (
  id text primary key,
  channel text not null,
  address text not null,
  token_hash text not null,
  created_ms integer not null,
  confirmed_ms integer, asked_ms integer not null default 0, sealed_secret blob,
  unique (channel, address)
) strict;

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
, author text) strict;

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

CREATE TABLE webhooks (
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
) strict;

CREATE TABLE write_offs (
  invoice text primary key references invoices (id),
  amount text not null,
  reason text not null,
  author text not null,
  at_ms integer not null
) strict;
