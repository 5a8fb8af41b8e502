import type { Generated } from 'kysely'
import type { AvailabilitySchema } from './availability-schema.ts'
import type { InvoiceSchema } from './invoice-schema.ts'
import type { Outcome } from './outcome.ts'

/** The tables, as migrations leave them. Instants (`…_ms`) are whole milliseconds since 1970 in UTC. */
export interface Schema extends InvoiceSchema, AvailabilitySchema {
  organizations: OrganizationTable
  subscriptions: SubscriptionTable
  apps: AppTable
  api_keys: ApiKeyTable
  members: MemberTable
  contract_versions: ContractVersionTable
  audit: AuditTable
  idempotency: IdempotencyTable
  directory_revision: { id: number; revision: number }
  /** Silent for longer than `silent_ms`, a node is taken for dead. */
  nodes: NodeTable
  recorder_progress: { node: string; applied_up_to: number }
  recorder_ahead: { node: string; sequence: number }
  requests_by_minute: RequestsByMinuteTable
  recorded_names: { number: Generated<number>; name: string }
  app_slices: SliceTable
  endpoint_slices: SliceTable
  app_slice_days: SliceDayTable
  endpoint_slice_days: SliceDayTable
  app_months: { number: Generated<number>; month: string; app: string }
  active_users: ActiveUserTable
  node_beats: { node: string; from_ms: number; to_ms: number }
  unmeasured: { node: string; app: string; from_ms: number; to_ms: number }
  connections: ConnectionTable
  closes_ahead: { connection: string; closed_ms: number }
  job_runs: JobRunTable
  terms: TermsTable
  key_check: { id: number; sealed: Uint8Array }
  shared_token: { id: number; sealed: Uint8Array }
  shared_evidence_key: { id: number; sealed: Uint8Array }
  events: EventTable
  webhooks: WebhookTable
  deliveries: DeliveryTable
  delivery_attempts: DeliveryAttemptTable
  usage_alerts: UsageAlertTable
}

interface NodeTable {
  id: string
  started_ms: number
  last_seen_ms: number
  silent_ms: number
  /** When it said that it ends; null: it did not. */
  ended_ms: number | null
}

interface OrganizationTable {
  id: string
  name: string
  /** JSON */
  billing: string
  /** JSON; what the customer declared of itself. */
  eligibility: string | null
  created_ms: number
}

interface SubscriptionTable {
  id: string
  organization: string
  plan: string
  support_plan: string
  /** JSON list of names */
  add_ons: string
  interval: 'monthly' | 'annual'
  from_ms: number
  created_ms: number
  /** Who decided it; null: nobody knows any more. */
  author: string | null
  /** When a later decision took its place; such a row is history and holds at no time. */
  superseded_ms: number | null
}

interface AppTable {
  id: string
  organization: string
  name: string
  sealed_secret: Uint8Array
  /** JSON: the override of limits, `{}` when there is none. */
  limits: string
  suspended_ms: number | null
  suspended_reason: string | null
  created_ms: number
  /** The directory's revision at which this app last changed. */
  revision: number
  /** 1: its requests are the provider's own probes, and in no slice. */
  for_probes: Generated<number>
}

interface ApiKeyTable {
  id: string
  app: string
  /** SHA-256, hex */
  hash: string
  last_four: string
  created_ms: number
  deleted_ms: number | null
}

interface MemberTable {
  id: string
  name: string
  email: string
  role: string
  /** null: one of the provider's own people. */
  organization: string | null
  token_hash: string
  created_ms: number
  deleted_ms: number | null
}

interface ContractVersionTable {
  version: number
  yaml: string
  /** JSON: name to text of the OpenAPI files beside the contract. */
  documents: string
  source: 'file' | 'api'
  loaded_ms: number
  /** Limits hold from `loaded_ms`; prices, SLA and support from here. */
  prices_from_ms: number
}

interface AuditTable {
  /** Given by the database, rising: two changes of one millisecond keep their order. */
  number: Generated<number>
  at_ms: number
  actor: string
  action: string
  subject: string
  organization: string | null
  /** JSON, never with a secret in it. */
  details: string
}

interface IdempotencyTable {
  /** The actor: keys of two actors never meet. */
  scope: string
  key: string
  request_hash: string
  sealed_answer: Uint8Array
  created_ms: number
}

interface RequestsByMinuteTable {
  app: string
  minute_ms: number
  endpoint: string
  platform: string
  outcome: Outcome
  count: number
  /** As `packLatency` makes it; null where it was not recorded yet. */
  latency: Uint8Array | null
}

interface SliceTable {
  /** A number of `recorded_names`. */
  name: number
  slice_ms: number
  /** The slice's length. */
  seconds: number
  valid: number
  failed: number
}

/** The tables that have a row a slice. */
export type SliceRows = 'app_slices' | 'endpoint_slices'

interface SliceDayTable {
  /** A number of `recorded_names`. */
  name: number
  /** The start of the UTC day. */
  day_ms: number
  /** The length of its slices. */
  seconds: number
  /** As `packDay` makes it. */
  counts: Uint8Array
}

interface ActiveUserTable {
  /** A number of `app_months`. */
  app_month: number
  /** 16 bytes, as `userKey` says. */
  user_key: Uint8Array
  /** The day of the month on which the user was first seen. */
  first_day: number
}

interface ConnectionTable {
  id: string
  app: string
  /** As `userKey` gives it; null: a server's own. */
  user_key: string | null
  platform: string
  endpoint: string
  node: string
  opened_ms: number
  closed_ms: number | null
}

interface JobRunTable {
  job: string
  period: string
  /** The node that works at it, by its process. */
  holder: string
  /** In real time: after this, another node may take it over. */
  held_until_ms: number
  tries: number
  /** Why the last try failed. */
  error: string | null
  finished_ms: number | null
}

interface TermsTable {
  id: string
  organization: string
  from_ms: number
  /** JSON, in the words in which they were agreed. */
  said: string
  /** JSON, as the contract's own parts read. */
  terms: string
  /** The version of the contract they were read under. */
  contract_version: number
  created_ms: number
  /** When later terms took their place; such a row is history and holds at no time. */
  superseded_ms: number | null
}

interface EventTable {
  id: string
  type: string
  /** null: about no customer. */
  organization: string | null
  at_ms: number
  /** JSON */
  data: string
}

interface WebhookTable {
  id: string
  /** null: the provider's. */
  organization: string | null
  url: string
  /** JSON list of types */
  events: string
  sealed_secret: Uint8Array
  old_sealed_secret: Uint8Array | null
  old_secret_until_ms: number | null
  failing_since_ms: number | null
  disabled_ms: number | null
  disabled_reason: string | null
  created_ms: number
}

interface DeliveryTable {
  id: string
  channel: 'webhook' | 'mail'
  /** What a webhook is told of, and which; null for a mail. */
  event: string | null
  webhook: string | null
  /** In the place of a webhook: a subscriber of the status page. */
  subscriber: string | null
  /** JSON; null for a webhook. */
  mail: string | null
  state: 'waiting' | 'delivered' | 'given-up'
  /** How many were begun. */
  attempts: number
  /** How many have failed since the schedule began anew. */
  failures: number
  due_ms: number
  /** In real time: until then a node is at it. */
  held_until_ms: number
  created_ms: number
}

interface DeliveryAttemptTable {
  delivery: string
  attempt: number
  at_ms: number
  /** null: under way, or its node died. */
  ms: number | null
  /** Of HTTP, or of SMTP. */
  status: number | null
  error: string | null
  /** The first KiB of the answer. */
  response: string | null
}

interface UsageAlertTable {
  organization: string
  /** UTC, `YYYY-MM` */
  month: string
  /** What is used: `mau`, `connections`, or an app's limit. */
  subject: string
  percent: number
  used: number
  allowed: number
  at_ms: number
}
