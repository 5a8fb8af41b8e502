import type { Kysely } from 'kysely'
import { LOOK_BACK_MS } from '../../core/availability/judge-slices.ts'
import { createSliceJudge } from '../../core/availability/slice-rule.ts'
import { monthSpan, monthsOf } from '../../core/time/month.ts'
import { type Span, intersection, union } from '../../core/time/span.ts'
import { organizationsOf } from '../../store/apps.ts'
import { firstSubscriptions } from '../../store/closed-months.ts'
import { appsFailingWithin } from '../../store/failing-apps.ts'
import type { Schema } from '../../store/schema.ts'
import { ANY_APP, appsUnmeasuredWithin } from '../../store/unmeasured.ts'
import {
  FINAL_AFTER_MS,
  type PlatformTime,
  readOrganizationTime,
  readPlatformTime,
} from '../availability/read-time.ts'
import { type Agreements, type PricedVersion, versionAt } from '../invoicing/agreement.ts'

export interface OutageQuestion extends Span {
  /** Slices that end later are not final: that no node beat in them says nothing yet, beats may be on their way. */
  readonly finalMs: number
}

/** When an organization was down, before any exclusion; ascending. */
export interface Outages {
  readonly organizationId: string
  readonly outages: readonly Span[]
}

/**
 * The outages of every organization that had one in a span. Only those are looked at that may have had one: of a healthy
 * minute the sums of all apps are enough.
 */
export async function judgeOutages(
  db: Kysely<Schema>,
  agreements: Agreements,
  question: OutageQuestion,
): Promise<Outages[]> {
  const found = new Map<string, Span[]>()
  const versions = await agreements.versions(db)
  for (const { platform, span } of await readParts(db, versions, question, 'UTC')) {
    const suspects = await suspectsOf(db, platform, question.finalMs)
    if (suspects !== 'all' && suspects.size === 0) continue
    for (const { organizationId, fromMs } of await firstSubscriptions(db)) {
      if (fromMs >= span.endMs || (suspects !== 'all' && !suspects.has(organizationId))) continue
      const outages = await outagesWithin(db, organizationId, platform, span)
      if (outages.length > 0) found.set(organizationId, [...(found.get(organizationId) ?? []), ...outages])
    }
  }
  return [...found].map(([organizationId, spans]) => ({ organizationId, outages: union(spans) }))
}

/** Of one organization alone; `timezone`: whose months say which version of the contract judges. */
export async function judgeOrganization(
  db: Kysely<Schema>,
  agreements: Agreements,
  organizationId: string,
  { timezone, ...question }: OutageQuestion & { readonly timezone: string },
): Promise<Span[]> {
  const versions = await agreements.versions(db)
  const parts = await readParts(db, versions, question, timezone)
  const outages: Span[] = []
  for (const { platform, span } of parts) {
    outages.push(...(await outagesWithin(db, organizationId, platform, span)))
  }
  return union(outages)
}

/** Each month is judged by the contract in force when it began, as in its report. */
async function readParts(
  db: Kysely<Schema>,
  versions: readonly PricedVersion[],
  { startMs, endMs, finalMs }: OutageQuestion,
  timezone: string,
): Promise<{ platform: PlatformTime; span: Span }[]> {
  if (startMs >= endMs) return []
  const parts = []
  const nowMs = finalMs + FINAL_AFTER_MS
  for (const month of monthsOf({ startMs, endMs }, timezone)) {
    const whole = monthSpan(month, timezone)
    const span = { startMs: Math.max(startMs, whole.startMs), endMs: Math.min(endMs, whole.endMs) }
    const { availability } = versionAt(versions, whole.startMs).contract
    parts.push({ platform: unsilenced(await readPlatformTime(db, span, availability, nowMs), finalMs), span })
  }
  return parts
}

function unsilenced(platform: PlatformTime, finalMs: number): PlatformTime {
  const { grid, silent } = platform
  const final = Math.max(0, Math.floor((finalMs - grid.startMs) / (grid.seconds * 1000)))
  return { ...platform, silent: silent.slice().fill(0, Math.min(final, grid.length)) }
}

/**
 * Who may be down in it, by organization; `all` where it cannot be said. A slice is down by failed requests, the app's or
 * all apps', of five minutes at most; or because a probe, silence or lost records say so.
 */
async function suspectsOf(
  db: Kysely<Schema>,
  { grid, allApps, silent, probed, availability }: PlatformTime,
  finalMs: number,
): Promise<ReadonlySet<string> | 'all'> {
  const judge = createSliceJudge(availability)
  for (let slice = 0; slice < grid.length; slice++) {
    if (silent[slice] || probed[slice] === DOWN_BY_PROBE) return 'all'
    if (judge(allApps.valid[slice]!, allApps.failed[slice]!) === 'down') return 'all'
  }
  const within = { fromMs: grid.startMs, toMs: grid.startMs + grid.length * grid.seconds * 1000 }
  const apps = await appsUnmeasuredWithin(db, within)
  if (apps.includes(ANY_APP)) return 'all'
  if (mayHaveFailed(allApps.failed, grid.seconds, availability.minFailed)) {
    // Of days that are over, slices lie packed, and no index tells who failed.
    if (within.fromMs < finalMs - (finalMs % DAY_MS)) return 'all'
    apps.push(...(await appsFailingWithin(db, within)))
  }
  return organizationsOf(db, apps)
}

/** As `probedSlices` says it. */
const DOWN_BY_PROBE = 2
const DAY_MS = 86_400_000

/** An app's failures are among those of all apps; slices that are too small are taken together, so theirs are too. */
function mayHaveFailed(failed: Uint32Array, seconds: number, minFailed: number): boolean {
  const most = Math.floor(LOOK_BACK_MS / 1000 / seconds)
  let within = 0
  for (let slice = 0; slice < failed.length; slice++) {
    within += failed[slice]!
    if (slice >= most) within -= failed[slice - most]!
    if (within >= Math.max(1, minFailed)) return true
  }
  return false
}

async function outagesWithin(
  db: Kysely<Schema>,
  organizationId: string,
  platform: PlatformTime,
  span: Span,
): Promise<Span[]> {
  const { apps } = await readOrganizationTime(db, organizationId, platform)
  return intersection(
    apps.flatMap(({ outages }) => [...outages]),
    [span],
  )
}
