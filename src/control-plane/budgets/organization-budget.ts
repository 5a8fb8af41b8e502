import type { Kysely } from 'kysely'
import { type BudgetBurn, findBudgetBurn, isBudgetCalm } from '../../core/availability/budget-burn.ts'
import { slaTimezone } from '../../core/availability/credit.ts'
import { type ErrorBudget, burnWindows, errorBudget } from '../../core/availability/error-budget.ts'
import { announcedSpan } from '../../core/availability/maintenance.ts'
import { excludedSpans } from '../../core/availability/organization-slices.ts'
import { targetOf } from '../../core/availability/sla-report.ts'
import type { Availability, Sla } from '../../core/contract/contract.ts'
import type { Arrangement } from '../../core/pricing/arrangement.ts'
import { slaInForce } from '../../core/pricing/sla-base.ts'
import { monthOf, monthSpan } from '../../core/time/month.ts'
import { type Span, intersection, subtraction } from '../../core/time/span.ts'
import { type RecordedExclusion, exclusionsWithin } from '../../store/exclusions.ts'
import { type MaintenanceWindow, maintenanceWithin } from '../../store/maintenance.ts'
import type { Schema } from '../../store/schema.ts'
import { finalPart } from '../availability/read-time.ts'
import { type Agreements, versionAt } from '../invoicing/agreement.ts'
import { judgeOrganization } from './judge-outages.ts'

/** A customer's error budget in the running month of its SLA. Plain data. */
export interface OrganizationBudget {
  readonly organizationId: string
  readonly budget: ErrorBudget
  /** undefined: it does not burn, or announced work or an exclusion covers this instant. */
  readonly burning: BudgetBurn | undefined
  /** What burned is over. */
  readonly calm: boolean
  /** Announced work or an exclusion covers this instant: nobody is to be told anything. */
  readonly quiet: boolean
}

export interface OrganizationBudgetQuestion {
  readonly organizationId: string
  readonly nowMs: number
}

/** Judged anew from its slices, as the month's report is; undefined: nothing is promised to it. */
export async function organizationBudget(
  db: Kysely<Schema>,
  agreements: Agreements,
  { organizationId, nowMs }: OrganizationBudgetQuestion,
): Promise<OrganizationBudget | undefined> {
  const { arrangements } = await agreements.of(db, organizationId)
  const promise = promiseAt(arrangements, nowMs)
  if (promise === undefined) return undefined
  const { month, timezone } = promise
  const whole = monthSpan(month, timezone)
  const { availability } = versionAt(await agreements.versions(db), whole.startMs).contract
  const knownToMs = knownEnd(nowMs, availability)
  const judgedToMs = finalPart(whole, availability.sliceSeconds, nowMs).endMs
  const span = {
    startMs: Math.min(whole.startMs, knownToMs - burnWindows.threeDays * 1000),
    endMs: knownToMs,
  }
  const question = { ...span, finalMs: judgedToMs, timezone }
  const outages = await judgeOrganization(db, agreements, organizationId, question)
  const within = { fromMs: span.startMs, toMs: span.endMs }
  const said = {
    maintenance: await maintenanceWithin(db, within),
    exclusions: (await exclusionsWithin(db, within, organizationId)).filter(({ withdrawn }) => !withdrawn),
  }
  return {
    organizationId,
    ...reckonBudget({ promise, outages, availability, judgedToMs, knownToMs, ...said }),
  }
}

/** Batches of a busy node come up to ten seconds late; what is newer than this would look idle. */
const KNOWN_AFTER_MS = 15_000

/** Where the newest slice ends that is known. */
export function knownEnd(nowMs: number, { sliceSeconds }: Pick<Availability, 'sliceSeconds'>): number {
  const sliceMs = sliceSeconds * 1000
  return Math.floor((nowMs - KNOWN_AFTER_MS) / sliceMs) * sliceMs
}

/** What is promised to a customer in the month that runs now, and when it held a plan. */
export interface BudgetPromise {
  readonly target: string
  readonly month: string
  readonly timezone: string
  readonly held: readonly Span[]
}

/** undefined: nothing is. */
export function promiseAt(arrangements: readonly Arrangement[], nowMs: number): BudgetPromise | undefined {
  const timezone = slaTimezone(slaInForce(arrangements, monthOf(nowMs)))
  const month = monthOf(nowMs, timezone)
  const sla: Sla = slaInForce(arrangements, month)
  const target = targetOf(sla)
  const isHeld = arrangements.some(({ startMs, endMs }) => startMs <= nowMs && nowMs < endMs)
  return target === undefined || !isHeld ? undefined : { target, month, timezone, held: arrangements }
}

export interface ReckonedFacts {
  readonly promise: BudgetPromise
  /** Before any exclusion, of the month and of three days. */
  readonly outages: readonly Span[]
  readonly availability: Pick<Availability, 'sliceSeconds' | 'maintenanceNoticeHours'>
  readonly maintenance: readonly MaintenanceWindow[]
  /** Those that hold for the customer. */
  readonly exclusions: readonly RecordedExclusion[]
  readonly judgedToMs: number
  readonly knownToMs: number
}

/** What the outages come to under the promise. */
export function reckonBudget(facts: ReckonedFacts): Omit<OrganizationBudget, 'organizationId'> {
  const { promise, outages, availability, maintenance, exclusions, judgedToMs, knownToMs } = facts
  const { target, month, timezone, held } = promise
  const noticeHours = availability.maintenanceNoticeHours
  const counted = intersection(outages, held)
  const down = subtraction(counted, excludedSpans({ maintenance, exclusions, noticeHours }))
  // Work that was announced too late counts, and is told to nobody all the same: they know of it.
  const quietSpans = [...maintenance.map(announcedSpan), ...exclusions]
  const burn = { target, sliceSeconds: availability.sliceSeconds, down, quiet: quietSpans, knownToMs }
  return {
    budget: errorBudget({ target, month, timezone, down, judgedToMs, knownToMs }),
    burning: findBudgetBurn(burn),
    calm: isBudgetCalm(burn),
    quiet: quietSpans.some(({ startMs, endMs }) => startMs < knownToMs && knownToMs <= endMs),
  }
}
