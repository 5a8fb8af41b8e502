import { z } from '@hono/zod-openapi'
import { sumOfRequests } from '../../core/availability/app-figures.ts'
import { creditStanding } from '../../core/availability/credit-standing.ts'
import { exactText, uptimeOf } from '../../core/availability/uptime.ts'
import { decimal } from '../../core/exact/decimal.ts'
import { totalOf } from '../../core/exact/money.ts'
import { monthSeconds } from '../../core/time/month.ts'
import { type Span, intersection } from '../../core/time/span.ts'
import { judgeClaimOf } from '../availability/claims.ts'
import type { SlaStatement } from '../availability/sla-statement.ts'
import type { IncidentTimes } from '../../store/incident-times.ts'
import type { SlaCredit } from '../../store/sla-months.ts'
import { instantText } from './instants.ts'
import { downSpan, seconds, showDownSpan, showSpan, spanAnswer, stateSeconds } from './span-answers.ts'

const reading = z.object({ downSeconds: seconds, uptime: z.string(), credit: z.string() })

const CREDIT_STATUSES = ['none', 'pending', 'claimable', 'lapsed', 'granted'] as const

const creditAnswer = z.object({
  amount: z.string().openapi({ example: '162.04' }),
  currency: z.string().openapi({ example: 'USD' }),
  minutes: z.number().openapi({ description: 'The time of the fee it stands for.', example: 700 }),
  capped: z.boolean().openapi({ description: 'True only when the cap took something away.' }),
  status: z.enum(CREDIT_STATUSES),
  granted: z.string().openapi({ description: 'Given so far, with what late facts added.' }),
  credits: z.array(
    z.object({ id: z.string(), amount: z.string(), grantedAt: z.string(), reason: z.string() }),
  ),
})

const claimAnswer = z.object({
  days: z.number(),
  deadline: z
    .string()
    .nullable()
    .openapi({ description: 'The last of what can be claimed; null: none yet.' }),
  claimed: z.boolean(),
  incidents: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      startedAt: z.string(),
      endedAt: z.string().nullable(),
      deadline: z.string().nullable(),
      claimed: z.boolean(),
    }),
  ),
  spans: z
    .array(spanAnswer.extend({ deadline: z.string(), claimed: z.boolean() }))
    .openapi({ description: 'The month’s own down time, which is claimed by an instant in it (`downAt`).' }),
})

export const slaAnswer = z
  .object({
    organization: z.string(),
    month: z.string().openapi({ example: '2026-11' }),
    timezone: z.string().openapi({ description: 'Whose calendar month it is.', example: 'UTC' }),
    form: z.enum(['none', 'accelerated', 'tiered']),
    contractVersion: z.number(),
    judgedTo: z.string().openapi({ description: 'Slices after it are not final yet.' }),
    closedAt: z.string().nullable().openapi({ description: 'From then on the report does not change.' }),
    uptime: z.string().openapi({ description: 'Per cent, floored.', example: '99.98379' }),
    target: z.string().nullable().openapi({ example: '99.999' }),
    exact: z
      .string()
      .openapi({ description: 'The same as an exact fraction of one.', example: '215965/216000' }),
    downSeconds: seconds,
    valid: z.number().nullable().openapi({ description: 'Requests of all its apps in the month.' }),
    failed: z.number().nullable(),
    apps: z
      .array(
        z.object({
          app: z.string(),
          uptime: z.string(),
          exact: z.string(),
          downSeconds: seconds,
          valid: z.number(),
          failed: z.number(),
        }),
      )
      .nullable()
      .openapi({
        description: 'Each by itself; null, as `valid` and `failed`: frozen by a Weir that did not say.',
      }),
    allowanceSeconds: z.number().nullable().openapi({ example: 25.92 }),
    allowanceLeftSeconds: z
      .number()
      .nullable()
      .openapi({ description: 'Below zero: the promise is broken.' }),
    spans: z.array(downSpan),
    excludedSpans: z.array(spanAnswer).openapi({ description: 'Down time that does not count.' }),
    exclusions: z.array(
      spanAnswer.extend({
        id: z.string(),
        reason: z.enum(['maintenance', 'force-majeure', 'customer', 'third-party']),
        text: z.string(),
        author: z.string(),
        countsAgainstSla: z.boolean().openapi({ description: 'True: it excludes nothing.' }),
        because: z.string().nullable(),
      }),
    ),
    seconds: stateSeconds,
    base: z.object({ amount: z.string(), kind: z.enum(['invoice', 'recurring']) }),
    readings: z.object({ slices: reading, requests: reading, equivalent: reading }).openapi({
      description: 'What other ways to read the month would pay; `slices` counts.',
    }),
    credit: creditAnswer,
    claim: claimAnswer.nullable().openapi({ description: 'null: credits are given without one.' }),
    evidence: z
      .object({
        head: z.string().openapi({ description: 'Keep it: SHA-256 of the file’s last record, hex.' }),
        path: z.string().openapi({ description: 'Where the file is.' }),
      })
      .nullable()
      .openapi({ description: 'What `weir verify` checks; null while the month is open.' }),
    because: z.array(z.string()),
  })
  .openapi('SlaReport')

export interface ShownMonth {
  readonly organizationId: string
  readonly statement: SlaStatement
  readonly closedMs: number | undefined
  readonly credits: readonly SlaCredit[]
  /** Of the month's evidence; undefined: there is none. */
  readonly evidenceHead: string | undefined
  /** Those that touch the month, where credits come on a claim. */
  readonly incidents: readonly (IncidentTimes & { readonly claimed: boolean })[]
  /** Down time that was claimed by itself, of any month. */
  readonly claimedSpans: readonly Span[]
  /** One that came in time opens the month. */
  readonly claimed: boolean
  readonly nowMs: number
}

export function showSla(of: ShownMonth): z.output<typeof slaAnswer> {
  const { organizationId, statement, closedMs, evidenceHead } = of
  const { report, sla, contractVersion, judgedToMs, exclusions } = statement
  const { credit, claim, because } = showCredit(of)
  return {
    organization: organizationId,
    month: report.month,
    timezone: report.timezone,
    form: report.form,
    contractVersion,
    judgedTo: instantText(judgedToMs),
    closedAt: closedMs === undefined ? null : instantText(closedMs),
    uptime: report.uptime,
    exact: exactText(uptimeOf(decimal(report.downSeconds), monthSeconds(report.month, report.timezone))),
    target: report.target ?? null,
    downSeconds: Number(report.downSeconds),
    ...showApps(report.apps),
    allowanceSeconds: numberOf(report.allowanceSeconds),
    allowanceLeftSeconds: numberOf(report.allowanceLeftSeconds),
    spans: report.spans.map(showDownSpan),
    excludedSpans: report.excludedSpans.map(showSpan),
    exclusions: exclusions.map(({ id, reason, text, author, excluded, because: why, ...span }) => {
      const said = { id, reason, text, author, because: why ?? null }
      return { ...showSpan(span), ...said, countsAgainstSla: excluded === undefined }
    }),
    seconds: report.seconds,
    base: { amount: report.base, kind: sla.form === 'none' ? 'recurring' : sla.base },
    readings: {
      slices: showReading(report.readings.slices),
      requests: showReading(report.readings.requests),
      equivalent: showReading(report.readings.equivalent),
    },
    credit,
    claim,
    evidence:
      evidenceHead === undefined
        ? null
        : { head: evidenceHead, path: evidencePath(organizationId, report.month) },
    because: [...report.because, because],
  }
}

function showApps(apps: SlaStatement['report']['apps']) {
  if (apps === undefined) return { valid: null, failed: null, apps: null }
  const rows = apps.map(({ appId, uptime, exact, downSeconds, valid, failed }) => {
    return { app: appId, uptime, exact, downSeconds: Number(downSeconds), valid, failed }
  })
  return { ...sumOfRequests(apps), apps: rows }
}

function evidencePath(organizationId: string, month: string): string {
  return `/api/organizations/${organizationId}/sla/evidence?month=${month}`
}

function showCredit(of: ShownMonth) {
  const { statement, closedMs, credits, incidents, claimed, nowMs } = of
  const { report, sla, currency } = statement
  const { minorDigits, code } = currency
  const shown = incidents.map(incident => {
    const { untilMs } = judgeClaimOf(incident, claimTerms(sla), nowMs)
    const deadline = untilMs === undefined ? null : instantText(untilMs)
    const { id, title, startMs, endMs } = incident
    const times = {
      startedAt: instantText(startMs),
      endedAt: endMs === undefined ? null : instantText(endMs),
    }
    return { untilMs, answer: { id, title, ...times, deadline, claimed: incident.claimed } }
  })
  const onClaim = sla.form !== 'none' && sla.credit === 'on-claim'
  const given = totalOf(
    credits.filter(({ currency: paidIn }) => paidIn === code).map(({ amount }) => amount),
    minorDigits,
  )
  const spans = onClaim ? claimableSpans(of) : []
  const deadlinesMs = [...shown, ...spans].map(({ untilMs }) => untilMs)
  const { status, claimUntilMs, because } = creditStanding({
    owed: report.credit.amount,
    given,
    minorDigits,
    closed: closedMs !== undefined,
    claim: onClaim ? { claimed, deadlinesMs } : undefined,
    nowMs,
  })
  return {
    because,
    credit: {
      amount: report.credit.amount,
      currency: code,
      minutes: Number(report.credit.minutes),
      capped: report.credit.capped,
      status,
      granted: given,
      credits: credits.map(({ id, amount, grantedMs, reason }) => {
        return { id, amount, grantedAt: instantText(grantedMs), reason }
      }),
    },
    claim: onClaim
      ? {
          days: sla.claimDays,
          deadline: claimUntilMs === undefined ? null : instantText(claimUntilMs),
          claimed,
          incidents: shown.map(({ answer }) => answer),
          spans: spans.map(({ answer }) => answer),
        }
      : null,
  }
}

function claimableSpans({ statement: { report, sla }, claimedSpans, nowMs }: ShownMonth) {
  return report.spans.map(span => {
    const { untilMs = nowMs } = judgeClaimOf(span, claimTerms(sla), nowMs)
    const claimed = intersection(claimedSpans, [span]).length > 0
    return { untilMs, answer: { ...showSpan(span), deadline: instantText(untilMs), claimed } }
  })
}

function claimTerms(sla: SlaStatement['sla']) {
  return sla.form === 'none' ? { claimDays: 0, timezone: 'UTC' } : sla
}

function showReading({ downSeconds, ...rest }: SlaStatement['report']['readings']['slices']) {
  return { ...rest, downSeconds: Number(downSeconds) }
}

function numberOf(text: string | undefined): number | null {
  return text === undefined ? null : Number(text)
}
