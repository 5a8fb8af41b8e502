import type { Kysely } from 'kysely'
import { slaTimezone } from '../../core/availability/credit.ts'
import { type MonthDownTime, monthDownTime } from '../../core/availability/month-down-time.ts'
import type { Availability, Sla } from '../../core/contract/contract.ts'
import type { Arrangement } from '../../core/pricing/arrangement.ts'
import { slaInForce } from '../../core/pricing/sla-base.ts'
import { monthSpan } from '../../core/time/month.ts'
import { intersection } from '../../core/time/span.ts'
import type { Schema } from '../../store/schema.ts'
import { findSlaLook } from '../../store/sla-looks.ts'
import { type Agreements, type PricedVersion, versionAt } from '../invoicing/agreement.ts'
import { type MeasuredEvidence, measuredEvidence } from './evidence-measured.ts'
import { fromKept, inputsOf } from './judged-by.ts'
import {
  type OrganizationFacts,
  type PlatformTime,
  finalPart,
  judgeFacts,
  readOrganizationFacts,
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
  const of = await measureMonth(db, agreements, question, known)
  return monthOf(db, question, of, downTimeOf(question, of))
}

/** A month as its closing looks at it. */
export interface ClosingMonth extends OrganizationMonth {
  /** What evidence holds of its slices, from the same reading; undefined: none is written of this month now. */
  readonly measured: MeasuredEvidence | undefined
  /** Says by what it was judged; to be kept with what it came to. */
  readonly inputs: string
}

/** There is evidence of a month that is final and in which a plan was held. `secret`: of its salts. */
export async function closingMonth(
  db: Kysely<Schema>,
  agreements: Agreements,
  question: MonthQuestion & { readonly secret: string },
  known: KnownPlatform,
): Promise<ClosingMonth> {
  const { month, arrangements, secret } = question
  const of = await measureMonth(db, agreements, question, known)
  const { facts, platform, timezone } = of
  const judged = judgeFacts(facts, platform)
  const time = monthDownTime({ month, timezone, judged, held: arrangements })
  const told = { ...(await monthOf(db, question, of, time)), inputs: inputsOfMonth(question, of) }
  const held = intersection(arrangements, [monthSpan(month, timezone)])
  if (!told.final || held.length === 0) return { ...told, measured: undefined }
  return { ...told, measured: await measuredEvidence({ ...of, judged, month, secret }, sha256) }
}

/** A month that was closed before: judged by the same facts as then, it is not judged again. */
export async function rememberedMonth(
  db: Kysely<Schema>,
  agreements: Agreements,
  question: MonthQuestion,
  known: KnownPlatform,
): Promise<ClosingMonth> {
  const of = await measureMonth(db, agreements, question, known)
  const inputs = inputsOfMonth(question, of)
  const look = await findSlaLook(db, question.organizationId, question.month)
  const time = look?.inputs === inputs ? fromKept(look.downTime) : downTimeOf(question, of)
  return { ...(await monthOf(db, question, of, time)), inputs, measured: undefined }
}

async function monthOf(
  db: Kysely<Schema>,
  { organizationId, month }: MonthQuestion,
  { sla, timezone, version, judgedToMs }: MeasuredMonth,
  time: MonthDownTime,
): Promise<OrganizationMonth> {
  const { maintenanceNoticeHours: noticeHours } = version.contract.availability
  return {
    organizationId,
    month,
    sla,
    time,
    exclusions: await shownExclusions(db, organizationId, monthSpan(month, timezone), noticeHours),
    contractVersion: version.version,
    judgedToMs,
    final: judgedToMs === monthSpan(month, timezone).endMs,
  }
}

function downTimeOf({ month, arrangements }: MonthQuestion, { facts, platform, timezone }: MeasuredMonth) {
  return monthDownTime({ month, timezone, judged: judgeFacts(facts, platform), held: arrangements })
}

function inputsOfMonth({ month, arrangements }: MonthQuestion, of: MeasuredMonth): string {
  return inputsOf({ ...of, month, held: arrangements })
}

/** A month's slices with what they are judged by. */
interface MeasuredMonth {
  readonly facts: OrganizationFacts
  readonly platform: PlatformTime
  readonly sla: Sla
  readonly timezone: string
  readonly version: PricedVersion
  readonly judgedToMs: number
}

async function measureMonth(
  db: Kysely<Schema>,
  agreements: Agreements,
  { organizationId, month, arrangements, nowMs }: MonthQuestion,
  known?: KnownPlatform,
): Promise<MeasuredMonth> {
  const sla = slaInForce(arrangements, month)
  const timezone = slaTimezone(sla)
  const version = await slaVersion(db, agreements, month, timezone)
  const { availability } = version.contract
  const platform = known
    ? await known(month, timezone)
    : await platformMonth(db, availability, { month, timezone, nowMs })
  const facts = await readOrganizationFacts(db, organizationId, platform)
  const final = finalPart(monthSpan(month, timezone), availability.sliceSeconds, nowMs)
  return { facts, platform, sla, timezone, version, judgedToMs: final.endMs }
}

/** What is final of a month, for all organizations whose SLA counts months in this timezone. */
async function platformMonth(
  db: Kysely<Schema>,
  availability: Availability,
  { month, timezone, nowMs }: { readonly month: string; readonly timezone: string; readonly nowMs: number },
): Promise<PlatformTime> {
  const final = finalPart(monthSpan(month, timezone), availability.sliceSeconds, nowMs)
  return readPlatformTime(db, final, availability, nowMs)
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
