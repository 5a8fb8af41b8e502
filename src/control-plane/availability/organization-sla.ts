import type { Kysely } from 'kysely'
import { type SlaReport, slaReport } from '../../core/availability/sla-report.ts'
import { slaTimezone } from '../../core/availability/credit.ts'
import type { Availability } from '../../core/contract/contract.ts'
import type { Arrangement } from '../../core/pricing/arrangement.ts'
import type { InvoiceLine } from '../../core/pricing/invoice-line.ts'
import { slaBase, slaInForce } from '../../core/pricing/sla-base.ts'
import { monthSpan } from '../../core/time/month.ts'
import type { Schema } from '../../store/schema.ts'
import { type Agreements, type PricedVersion, versionAt } from '../invoicing/agreement.ts'
import { type PlatformTime, finalPart, readOrganizationTime, readPlatformTime } from './read-time.ts'

/** A month's report of one organization, with what it went by. */
export interface OrganizationSla {
  readonly report: SlaReport
  readonly version: PricedVersion
  /** Slices up to here are judged; the month's end once it is over and final. */
  readonly judgedToMs: number
}

export interface SlaQuestion {
  readonly organizationId: string
  readonly month: string
  /** The month's own lines, as billed or as they would be now. */
  readonly lines: readonly InvoiceLine[]
  readonly arrangements: readonly Arrangement[]
  readonly nowMs: number
}

/** Judges a month for one organization. `known` spares reading the platform's time again for each of many. */
export async function organizationSla(
  db: Kysely<Schema>,
  agreements: Agreements,
  { organizationId, month, lines, arrangements, nowMs }: SlaQuestion,
  known?: (timezone: string) => Promise<PlatformTime>,
): Promise<OrganizationSla> {
  const sla = slaInForce(arrangements, month)
  const timezone = slaTimezone(sla)
  const version = await slaVersion(db, agreements, month, timezone)
  const { availability, currency } = version.contract
  const platform = known
    ? await known(timezone)
    : await platformMonth(db, availability, month, timezone, nowMs)
  const judged = await readOrganizationTime(db, organizationId, platform)
  const base = slaBase({ base: sla.form === 'none' ? 'recurring' : sla.base, month, arrangements, lines })
  const report = slaReport({
    sla,
    month,
    base,
    minorDigits: currency.minorDigits,
    judged,
    held: arrangements,
  })
  const { startMs, endMs } = monthSpan(month, timezone)
  const final = finalPart({ startMs, endMs }, availability.sliceSeconds, nowMs)
  return { report, version, judgedToMs: final.endMs }
}

/** What is final of a month, for all organizations whose SLA counts months in this timezone. */
export async function platformMonth(
  db: Kysely<Schema>,
  availability: Availability,
  month: string,
  timezone: string,
  nowMs: number,
): Promise<PlatformTime> {
  const final = finalPart(monthSpan(month, timezone), availability.sliceSeconds, nowMs)
  return readPlatformTime(db, final, availability)
}

/** The contract whose rules a month is judged by: the one in force when it began (design, Versions). */
export async function slaVersion(
  db: Kysely<Schema>,
  agreements: Agreements,
  month: string,
  timezone: string,
): Promise<PricedVersion> {
  return versionAt(await agreements.versions(db), monthSpan(month, timezone).startMs)
}
