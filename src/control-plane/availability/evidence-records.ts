import { slaTimezone } from '../../core/availability/credit.ts'
import type { SlaReport } from '../../core/availability/sla-report.ts'
import type { Currency, Sla } from '../../core/contract/contract.ts'
import { fromMinorUnits } from '../../core/exact/money.ts'
import type { JsonObject } from '../../core/evidence/canonical-json.ts'
import type {
  ClaimRecord,
  EvidenceRecord,
  HeaderRecord,
  ResultRecord,
  Unlinked,
} from '../../core/evidence/record.ts'
import type { Arrangement } from '../../core/pricing/arrangement.ts'
import type { InvoiceLine } from '../../core/pricing/invoice-line.ts'
import { annualShares, baseOfParts } from '../../core/pricing/sla-base.ts'
import { isoInstant } from '../../core/time/instant.ts'
import { monthSpan } from '../../core/time/month.ts'
import { intersection } from '../../core/time/span.ts'
import { type Claimed, isOwed } from './claimed.ts'
import type { MeasuredEvidence } from './evidence-measured.ts'
import { spanText } from './evidence-slices.ts'

/** What a month was judged by. `measured` and `report` come from one reading, and the credit was given by it. */
export interface EvidenceFacts {
  readonly organizationId: string
  readonly month: string
  readonly contractVersion: number
  readonly currency: Currency
  readonly sla: Sla
  readonly measured: MeasuredEvidence
  readonly report: SlaReport
  /** The month's own, as billed. */
  readonly lines: readonly InvoiceLine[]
  readonly arrangements: readonly Arrangement[]
  readonly claims: readonly (Claimed & { readonly id: string })[]
}

/** The records of a month in the order of its file. */
export function evidenceRecords(facts: EvidenceFacts): JsonObject[] {
  const { measured, claims } = facts
  const records: Unlinked<EvidenceRecord>[] = [
    headerOf(facts),
    ...measured.said,
    ...claims.map(claimOf),
    ...measured.measured,
    resultOf(facts),
  ]
  return records
}

function headerOf({ measured, sla, ...facts }: EvidenceFacts): Unlinked<HeaderRecord> {
  const { organizationId, month, contractVersion, currency, lines, arrangements } = facts
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
    rule: measured.rule,
    maintenanceNoticeHours: measured.noticeHours,
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
    slices: measured.slices,
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

function claimOf(claim: EvidenceFacts['claims'][number]): Unlinked<ClaimRecord> {
  const { id, incidentStartMs, incidentEndMs, claimedMs, accepted } = claim
  return {
    kind: 'claim',
    id,
    incidentStart: incidentStartMs === undefined ? null : isoInstant(incidentStartMs),
    incidentEnd: isoInstant(incidentEndMs),
    claimed: isoInstant(claimedMs),
    accepted,
  }
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
