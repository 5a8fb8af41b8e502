import type { Kysely } from 'kysely'
import {
  type AppFigures,
  type RequestSums,
  appFigures,
  sumOfRequests,
} from '../../core/availability/app-figures.ts'
import { countDownTime } from '../../core/availability/exclusions.ts'
import {
  type DownSpan,
  type StateSeconds,
  describeDown,
  secondsByState,
} from '../../core/availability/organization-slices.ts'
import { slaTimezone } from '../../core/availability/credit.ts'
import { slaInForce } from '../../core/pricing/sla-base.ts'
import { monthOf, monthSpan } from '../../core/time/month.ts'
import { type Span, lengthMs } from '../../core/time/span.ts'
import { appsMadeBefore } from '../../store/apps.ts'
import type { Schema } from '../../store/schema.ts'
import { type Agreements, versionAt } from '../invoicing/agreement.ts'
import { type MeasuredSpan, type SpanQuestion, measuredSpan } from './measured-span.ts'
import { type RecordedTime, judgeFacts, readOrganizationFacts, readPlatformTime } from './read-time.ts'

export interface CustomerAvailabilityQuestion extends SpanQuestion {
  readonly organizationId: string
  /** undefined: all its apps, of which each takes the organization down. */
  readonly appId: string | undefined
}

/** How available the API was for one customer, or one app of it. Plain data. */
export interface CustomerAvailability extends MeasuredSpan {
  readonly sliceSeconds: number
  /** The version of the contract whose rule it was. */
  readonly contractVersion: number
  readonly downMs: number
  readonly requests: RequestSums
  /** That counts: after exclusions. */
  readonly down: readonly DownSpan[]
  readonly excluded: readonly Span[]
  readonly seconds: StateSeconds
  readonly apps: readonly (AppFigures & { readonly span: Span })[]
}

/**
 * One customer over any span, by the rule of the contract in force when the span's month begins in its SLA's timezone,
 * which is the rule of its report. Whether a plan was held plays no part: this says what was, the report what is owed.
 */
export async function customerAvailability(
  db: Kysely<Schema>,
  agreements: Agreements,
  { organizationId, appId, ...asked }: CustomerAvailabilityQuestion,
): Promise<CustomerAvailability> {
  const { arrangements } = await agreements.of(db, organizationId)
  const timezone = slaTimezone(slaInForce(arrangements, monthOf(asked.fromMs)))
  const ruleAtMs = monthSpan(monthOf(asked.fromMs, timezone), timezone).startMs
  const { contract, version: contractVersion } = versionAt(await agreements.versions(db), ruleAtMs)
  const { availability } = contract
  const apps = (await appsMadeBefore(db, organizationId, asked.nowMs + 1)).filter(
    app => appId === undefined || app.appId === appId,
  )
  const [first] = apps.toSorted((a, b) => a.sinceMs - b.sinceMs)
  const began = first
    ? { atMs: first.sinceMs, words: appId === undefined ? 'the first app was made' : 'the app was made' }
    : { atMs: asked.nowMs, words: 'it was asked and there was no app yet' }
  const { span, note } = await measuredSpan(db, asked, availability.sliceSeconds, began)
  const platform = await readPlatformTime(db, span, availability, asked.nowMs)
  const facts = await readOrganizationFacts(db, organizationId, platform)
  const own = facts.apps.filter(app => appId === undefined || app.appId === appId)
  const since = new Map(apps.map(app => [app.appId, app.sinceMs]))
  const figures = figuresOf(judgeFacts({ ...facts, apps: own }, platform), span, since)
  return { span, note, sliceSeconds: availability.sliceSeconds, contractVersion, ...figures }
}

function figuresOf(judged: RecordedTime, span: Span, since: ReadonlyMap<string, number>) {
  const outages = judged.apps.flatMap(({ outages: spans }) => [...spans])
  const { down, excluded } = countDownTime({ ...judged, outages })
  const sliceMs = judged.grid.seconds * 1000
  const apps = appFigures(judged, [span]).map(figures => {
    // An app counts from the slice in which it was made.
    const sinceMs = Math.floor((since.get(figures.appId) ?? span.startMs) / sliceMs) * sliceMs
    const startMs = Math.min(span.endMs, Math.max(span.startMs, sinceMs))
    return { ...figures, span: { startMs, endMs: span.endMs } }
  })
  return {
    downMs: lengthMs(down),
    requests: sumOfRequests(apps),
    down: describeDown(judged, down),
    excluded,
    seconds: secondsByState(judged),
    apps,
  }
}
