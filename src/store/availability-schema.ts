/** The tables of availability. Instants as everywhere. */
export interface AvailabilitySchema {
  maintenance: MaintenanceTable
  exclusions: ExclusionTable
  incidents: IncidentTable
  incident_updates: IncidentUpdateTable
  probe_results: ProbeResultTable
  sla_months: SlaMonthTable
  sla_credits: SlaCreditTable
  sla_looks: SlaLookTable
  claims: ClaimTable
  evidence: EvidenceTable
  evidence_totals: EvidenceTotalsTable
  status_subscribers: StatusSubscriberTable
  component_days: ComponentDayTable
  status_notices: StatusNoticeTable
  down_time: DownTimeTable
  judged_down_time: JudgedDownTimeTable
  alerts: AlertTable
}

interface MaintenanceTable {
  id: string
  title: string
  start_ms: number
  end_ms: number
  announced_ms: number
  cancelled_ms: number | null
  /** The window that this one extends. */
  extends: string | null
  author: string
}

interface ExclusionTable {
  id: string
  /** null: it holds for all. */
  organization: string | null
  reason: 'force-majeure' | 'customer' | 'third-party'
  start_ms: number
  end_ms: number
  explanation: string
  author: string
  created_ms: number
  withdrawn_ms: number | null
  withdrawn_by: string | null
  withdrawn_reason: string | null
}

interface IncidentTable {
  id: string
  title: string
  impact: 'minor' | 'major' | 'critical'
  status: 'investigating' | 'identified' | 'monitoring' | 'resolved'
  /** `slices`: it opened by itself. */
  source: 'person' | 'slices'
  /** A group of the contract's; null: the whole platform. */
  component: string | null
  started_ms: number
  resolved_ms: number | null
  merged_into: string | null
  created_ms: number
}

interface IncidentUpdateTable {
  incident: string
  /** From 1. */
  number: number
  at_ms: number
  status: IncidentTable['status']
  message: string
  author: string
}

interface ProbeResultTable {
  probe: string
  place: string
  at_ms: number
  /** 1: as expected. */
  ok: number
  ms: number
  detail: string | null
}

interface SlaMonthTable {
  organization: string
  month: string
  /** JSON */
  report: string
  /** The id of the credit that the closing granted; null: it granted none. */
  credit: string | null
  closed_ms: number
}

interface SlaCreditTable {
  credit: string
  organization: string
  month: string
}

interface SlaLookTable {
  organization: string
  month: string
  /** SHA-256 of all that the month was judged by, hex */
  inputs: string
  /** JSON: what it came to. */
  down_time: string
}

interface ClaimTable {
  id: string
  organization: string
  incident: string
  subject: string
  message: string
  /** 1: it came in time. */
  accepted: number
  author: string
  created_ms: number
}

interface EvidenceTable {
  organization: string
  month: string
  file: Uint8Array
  /** SHA-256, hex */
  head: string
  /** Ed25519, base64url */
  signature: string
  created_ms: number
  /** What its commitments are to; null: it has none. */
  totals: string | null
}

interface EvidenceTotalsTable {
  /** SHA-256, hex */
  id: string
  /** Packed */
  valid_counts: string
  failed_counts: string
}

interface StatusSubscriberTable {
  id: string
  channel: 'email' | 'webhook'
  address: string
  token_hash: string
  created_ms: number
  /** null: it was never confirmed, and is told nothing. */
  confirmed_ms: number | null
  /** When it was last asked to confirm. */
  asked_ms: number
  /** Of a webhook. */
  sealed_secret: Uint8Array | null
}

interface ComponentDayTable {
  /** A group of the contract's; '': the whole platform. */
  component: string
  /** `YYYY-MM-DD`, UTC. */
  day: string
  measured_ms: number
  /** After exclusions. */
  down_ms: number
  idle_ms: number
  excluded_ms: number
  unmeasured_ms: number
  valid: number
  failed: number
  /** The version of the contract whose rule it was judged by. */
  contract: number
  judged_ms: number
}

interface StatusNoticeTable {
  event: string
  at_ms: number
  /** The id of the last subscriber that was told. */
  last_subscriber: string
}

/** Before any exclusion. */
interface DownTimeTable {
  part: 'organizations' | 'components'
  /** An organization's id, or a component's name. */
  subject: string
  start_ms: number
  end_ms: number
}

interface JudgedDownTimeTable {
  part: DownTimeTable['part']
  judged_to_ms: number
  judged_again_ms: number
  /** What the subjects are made of; under another text all is judged anew. */
  judged_as: string
}

interface AlertTable {
  id: string
  kind: 'budget.burning' | 'budget.exhausted' | 'recording.silent'
  subject: string
  level: string
  because: string
  opened_ms: number
  /** null: it goes on. */
  cleared_ms: number | null
  /** null: the provider's people get a mail of it yet. */
  mailed_ms: number | null
}
