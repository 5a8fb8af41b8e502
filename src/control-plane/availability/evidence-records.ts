import { slaTimezone } from '../../core/availability/credit.ts'
import { verdictOf } from '../../core/availability/judge-slices.ts'
import type { JudgedApp, JudgedTime } from '../../core/availability/organization-slices.ts'
import type { SlaReport } from '../../core/availability/sla-report.ts'
import type { Currency, Sla } from '../../core/contract/contract.ts'
import { fromMinorUnits } from '../../core/exact/money.ts'
import type { JsonObject } from '../../core/evidence/canonical-json.ts'
import type { Hash } from '../../core/evidence/chain.ts'
import { commitmentTo } from '../../core/evidence/commitment.ts'
import { packCounts } from '../../core/evidence/pack-counts.ts'
import type {
  ClaimRecord,
  DayRecord,
  EvidenceRecord,
  ExclusionRecord,
  HeaderRecord,
  LeadRecord,
  MaintenanceRecord,
  ResultRecord,
  Unlinked,
} from '../../core/evidence/record.ts'
import type { Arrangement } from '../../core/pricing/arrangement.ts'
import type { InvoiceLine } from '../../core/pricing/invoice-line.ts'
import { annualShares, baseOfParts } from '../../core/pricing/sla-base.ts'
import { isoInstant } from '../../core/time/instant.ts'
import { monthSpan } from '../../core/time/month.ts'
import { type Span, intersection } from '../../core/time/span.ts'
import type { RecordedExclusion } from '../../store/exclusions.ts'
import type { MaintenanceWindow } from '../../store/maintenance.ts'
import { type Claimed, isOwed, judgeUnder } from './claimed.ts'
import type { RecordedTime } from './read-time.ts'
import { type DayOfSlices, daysOf, monthGrid } from './evidence-slices.ts'

/** What a month was judged by. `judged` and `report` are those that the credit was given by. */
export interface EvidenceFacts {
  readonly organizationId: string
  readonly month: string
  readonly contractVersion: number
  readonly currency: Currency
  readonly sla: Sla
  readonly judged: RecordedTime
  readonly report: SlaReport
  /** The month's own, as billed. */
  readonly lines: readonly InvoiceLine[]
  readonly arrangements: readonly Arrangement[]
  readonly claims: readonly (Claimed & { readonly id: string })[]
}

/**
 * The records of a month in the order of its file. `saltOf` gives a secret for a text. Throws a RangeError while slices
 * of the month are not judged yet.
 */
export async function evidenceRecords(
  facts: EvidenceFacts,
  saltOf: (text: string) => string,
  hash: Hash,
): Promise<JsonObject[]> {
  const { judged, month, sla, organizationId } = facts
  refusePartial(facts)
  const days = daysOf(judged, slaTimezone(sla))
  const records: Unlinked<EvidenceRecord>[] = [
    headerOf(facts),
    ...judged.maintenance.map(maintenanceOf),
    ...judged.exclusions.map(exclusionOf),
    ...facts.claims.map(claim => claimOf(sla, claim)),
  ]
  for (const app of judged.apps) {
    records.push(leadOf(app, judged.lead))
    for (const day of days) {
      const totals = committedTotals(judged, app, day)
      const salt = saltOf([organizationId, month, app.appId, day.date].join('/'))
      const commitment =
        totals.length === 0
          ? null
          : await commitmentTo({ salt, app: app.appId, date: day.date, totals }, hash)
      records.push(dayOf(judged, app, day, commitment))
    }
  }
  return [...records, resultOf(facts)]
}

/** Evidence is of a whole month, whose slices are final. */
function refusePartial({ judged, month, sla }: EvidenceFacts): void {
  const { grid, lead } = monthGrid(month, slaTimezone(sla), judged.rule.sliceSeconds)
  const same =
    grid.startMs === judged.grid.startMs && grid.length === judged.grid.length && lead === judged.lead
  if (!same)
    throw new RangeError(`the slices of ${month} are not all judged yet, so there is no evidence of it`)
}

function headerOf({ judged, sla, ...facts }: EvidenceFacts): Unlinked<HeaderRecord> {
  const { organizationId, month, contractVersion, currency, lines, arrangements } = facts
  const { sliceSeconds, errorPercent, minRequests, minFailed } = judged.rule
  const timezone = slaTimezone(sla)
  const annual = annualShares(arrangements, month)
  const { numerator, denominator } = baseOfParts({
    base: sla.form === 'none' ? 'recurring' : sla.base,
    month,
    lines,
    annual,
  })
  return {
    kind: 'header',
    format: 1,
    organization: organizationId,
    month,
    timezone,
    contractVersion,
    rule: {
      sliceSeconds: sliceSeconds as HeaderRecord['rule']['sliceSeconds'],
      errorPercent,
      minRequests,
      minFailed,
    },
    maintenanceNoticeHours: judged.noticeHours,
    sla: writtenSla(sla),
    currency: { code: currency.code, minorDigits: currency.minorDigits },
    held: intersection(arrangements, [monthSpan(month, timezone)]).map(spanText),
    base: {
      amount: `${numerator}/${denominator}`,
      lines: lines.map(({ kind, description, amount, interval }) => ({
        kind,
        description,
        amount,
        interval,
      })),
      annual: annual.map(({ name, fee, ...span }) => ({ name, fee, ...spanText(span) })),
    },
    slices: {
      from: isoInstant(judged.grid.startMs),
      lead: judged.lead,
      count: judged.grid.length - judged.lead,
    },
  }
}

/** Field by field: a contract's SLA may come to hold more than a file of this format says. */
function writtenSla(sla: Sla): HeaderRecord['sla'] {
  if (sla.form === 'none') return { form: 'none' }
  const { base, credit, claimDays, timezone, cap } = sla
  const promise = { base, credit, claimDays, timezone, cap }
  if (sla.form === 'accelerated') {
    return { form: 'accelerated', ...promise, target: sla.target, acceleration: sla.acceleration }
  }
  const tiers = sla.tiers.map(({ below, credit: share }) => ({ below, credit: share }))
  return { form: 'tiered', ...promise, tiers }
}

function maintenanceOf(window: MaintenanceWindow): Unlinked<MaintenanceRecord> {
  const { id, title, announcedMs, cancelledMs } = window
  const cancelled = cancelledMs === undefined ? null : isoInstant(cancelledMs)
  return {
    kind: 'maintenance',
    id,
    title,
    ...spanText(window),
    announced: isoInstant(announcedMs),
    cancelled,
  }
}

function exclusionOf(exclusion: RecordedExclusion): Unlinked<ExclusionRecord> {
  const { id, reason, text, author, createdMs } = exclusion
  return {
    kind: 'exclusion',
    id,
    reason,
    ...spanText(exclusion),
    text,
    author,
    recorded: isoInstant(createdMs),
  }
}

function claimOf(sla: Sla, claim: Claimed & { readonly id: string }): Unlinked<ClaimRecord> {
  const { id, incidentStartMs, incidentEndMs, claimedMs } = claim
  return {
    kind: 'claim',
    id,
    incidentStart: incidentStartMs === undefined ? null : isoInstant(incidentStartMs),
    incidentEnd: isoInstant(incidentEndMs),
    claimed: isoInstant(claimedMs),
    accepted: judgeUnder(sla, claim)?.accepted ?? false,
  }
}

function leadOf(app: JudgedApp, lead: number): Unlinked<LeadRecord> {
  return { kind: 'lead', ...measuredOf(app, { first: 0, count: lead }) }
}

function dayOf(
  { lead, grid }: JudgedTime,
  app: JudgedApp,
  day: DayOfSlices,
  commitment: string | null,
): Unlinked<DayRecord> {
  const end = day.first + day.count
  const total = (counts: Uint32Array) => counts.subarray(day.first, end).reduce((sum, each) => sum + each, 0)
  const verdicts = app.verdicts.subarray(day.first - lead, end - lead)
  const down = verdicts.filter(byte => verdictOf(byte).state === 'down').length
  return {
    kind: 'day',
    date: day.date,
    ...measuredOf(app, day),
    verdicts: packCounts(verdicts),
    validSum: total(app.own.valid),
    failedSum: total(app.own.failed),
    downSeconds: down * grid.seconds,
    commitment,
  }
}

function measuredOf({ appId, own, unmeasured }: JudgedApp, { first, count }: Omit<DayOfSlices, 'date'>) {
  const packed = (counts: Uint32Array | Uint8Array) => packCounts(counts.subarray(first, first + count))
  return {
    app: appId,
    count,
    valid: packed(own.valid),
    failed: packed(own.failed),
    unmeasured: packed(unmeasured),
  }
}

/** The slices of a day that all apps decided, and what they were asked in them. */
function committedTotals(
  { lead, allApps }: JudgedTime,
  { verdicts }: JudgedApp,
  { first, count }: DayOfSlices,
): [number, number, number][] {
  const totals: [number, number, number][] = []
  for (let slice = first; slice < first + count; slice++) {
    if (verdictOf(verdicts[slice - lead]!).decider !== 'all-apps') continue
    totals.push([slice - first, allApps.valid[slice]!, allApps.failed[slice]!])
  }
  return totals
}

function resultOf({ report, sla, month, claims, currency }: EvidenceFacts): Unlinked<ResultRecord> {
  const { amount, minutes, capped } = report.credit
  return {
    kind: 'result',
    uptime: report.uptime,
    target: report.target ?? null,
    downSeconds: report.downSeconds,
    down: report.spans.map(spanText),
    credit: { amount, minutes, capped },
    owed: isOwed(sla, month, claims) ? amount : fromMinorUnits(0n, currency.minorDigits),
    because: [...report.because],
  }
}

function spanText({ startMs, endMs }: Span): { from: string; to: string } {
  return { from: isoInstant(startMs), to: isoInstant(endMs) }
}
