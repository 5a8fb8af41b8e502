import type { Kysely } from 'kysely'
import { slaTimezone } from '../../core/availability/credit.ts'
import { type MonthDownTime, monthDownTime } from '../../core/availability/month-down-time.ts'
import type { Availability, Sla } from '../../core/contract/contract.ts'
import type { Arrangement } from '../../core/pricing/arrangement.ts'
import { slaInForce } from '../../core/pricing/sla-base.ts'
import { monthSpan } from '../../core/time/month.ts'
import { intersection } from '../../core/time/span.ts'
import type { Schema } from '../../store/schema.ts'
import { type Agreements, type PricedVersion, versionAt } from '../invoicing/agreement.ts'
import { type MeasuredEvidence, measuredEvidence } from './evidence-measured.ts'
import {
  type PlatformTime,
  type RecordedTime,
  finalPart,
  readOrganizationTime,
  readPlatformTime,
} from './read-time.ts'
import { sha256 } from './sha256.ts'
import { type ShownExclusion, shownExclusions } from './shown-exclusions.ts'

/** A month of one organization as its slices tell it, with the promise that it is measured against. Plain data. */
export interface OrganizationMonth {
  readonly organizationId: string
  readonly month: string
  readonly sla: Sla
  readonly time: MonthDownTime
  /** Everything said about the month that may exclude time, whether it does or not. */
  readonly exclusions: readonly ShownExclusion[]
  readonly contractVersion: number
  /** Slices up to here are judged; the month's end once it is over and final. */
  readonly judgedToMs: number
  readonly final: boolean
}

export interface MonthQuestion {
  readonly organizationId: string
  /** In the SLA's timezone. */
  readonly month: string
  readonly arrangements: readonly Arrangement[]
  readonly nowMs: number
}

/** The platform's time of a month in a timezone; for many organizations it is read once. */
export type KnownPlatform = (month: string, timezone: string) => Promise<PlatformTime>

export async function organizationMonth(
  db: Kysely<Schema>,
  agreements: Agreements,
  question: MonthQuestion,
  known?: KnownPlatform,
): Promise<OrganizationMonth> {
  return monthAsJudged(db, question, await judgeMonth(db, agreements, question, known))
}

/** A month that closes, with what its evidence holds of its slices: both from one reading. */
export interface ClosingMonth extends OrganizationMonth {
  /** undefined: there is none to write of this month now. */
  readonly measured: MeasuredEvidence | undefined
}

/** There is evidence of a month that is final and in which a plan was held. `secret`: of its salts. */
export async function closingMonth(
  db: Kysely<Schema>,
  agreements: Agreements,
  question: MonthQuestion & { readonly secret: string },
  known: KnownPlatform,
): Promise<ClosingMonth> {
  const of = await judgeMonth(db, agreements, question, known)
  const told = await monthAsJudged(db, question, of)
  const { month, arrangements, secret } = question
  const held = intersection(arrangements, [monthSpan(month, of.timezone)])
  if (!told.final || held.length === 0) return { ...told, measured: undefined }
  return { ...told, measured: await measuredEvidence({ ...of, month, secret }, sha256) }
}

async function monthAsJudged(
  db: Kysely<Schema>,
  { organizationId, month, arrangements }: MonthQuestion,
  { judged, sla, timezone, version, judgedToMs }: JudgedMonth,
): Promise<OrganizationMonth> {
  return {
    organizationId,
    month,
    sla,
    time: monthDownTime({ month, timezone, judged, held: arrangements }),
    exclusions: await shownExclusions(db, organizationId, monthSpan(month, timezone), judged.noticeHours),
    contractVersion: version.version,
    judgedToMs,
    final: judgedToMs === monthSpan(month, timezone).endMs,
  }
}

/** A month's slices with their verdicts, and what they went by: what evidence packs. */
interface JudgedMonth {
  readonly judged: RecordedTime
  readonly sla: Sla
  readonly timezone: string
  readonly version: PricedVersion
  readonly judgedToMs: number
}

async function judgeMonth(
  db: Kysely<Schema>,
  agreements: Agreements,
  { organizationId, month, arrangements, nowMs }: MonthQuestion,
  known?: KnownPlatform,
): Promise<JudgedMonth> {
  const sla = slaInForce(arrangements, month)
  const timezone = slaTimezone(sla)
  const version = await slaVersion(db, agreements, month, timezone)
  const { availability } = version.contract
  const platform = known
    ? await known(month, timezone)
    : await platformMonth(db, availability, { month, timezone, nowMs })
  const judged = await readOrganizationTime(db, organizationId, platform)
  const final = finalPart(monthSpan(month, timezone), availability.sliceSeconds, nowMs)
  return { judged, sla, timezone, version, judgedToMs: final.endMs }
}

/** What is final of a month, for all organizations whose SLA counts months in this timezone. */
async function platformMonth(
  db: Kysely<Schema>,
  availability: Availability,
  { month, timezone, nowMs }: { readonly month: string; readonly timezone: string; readonly nowMs: number },
): Promise<PlatformTime> {
  const final = finalPart(monthSpan(month, timezone), availability.sliceSeconds, nowMs)
  return readPlatformTime(db, final, availability)
}

/** The most that are kept: a close looks at a month and three before it, here and there in another timezone. */
const MOST_KEPT = 16

/** Reads the platform's time of each month once, for all who look at it as of the same instant. */
export function createPlatformTimes(
  agreements: Agreements,
): (db: Kysely<Schema>, nowMs: number) => KnownPlatform {
  const kept = new Map<string, Promise<PlatformTime>>()
  let asOfMs: number | undefined

  async function read(db: Kysely<Schema>, month: string, timezone: string, nowMs: number) {
    const { contract } = await slaVersion(db, agreements, month, timezone)
    return platformMonth(db, contract.availability, { month, timezone, nowMs })
  }

  return (db, nowMs) => async (month, timezone) => {
    if (asOfMs !== nowMs) kept.clear()
    asOfMs = nowMs
    const key = `${month} ${timezone}`
    const found = kept.get(key)
    if (found !== undefined) return found
    const reading = read(db, month, timezone, nowMs)
    kept.set(key, reading)
    reading.catch(() => kept.delete(key))
    const [oldest] = kept.keys()
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
    return reading
  }
}

/** The contract whose rules a month is judged by: the one in force when it began (design, Versions). */
async function slaVersion(
  db: Kysely<Schema>,
  agreements: Agreements,
  month: string,
  timezone: string,
): Promise<PricedVersion> {
  return versionAt(await agreements.versions(db), monthSpan(month, timezone).startMs)
}
