import type { Kysely } from 'kysely'
import { countDownTime } from '../../core/availability/exclusions.ts'
import type { Decider } from '../../core/availability/judge-slices.ts'
import {
  type MeasuredTime,
  type StateSeconds,
  describeDown,
  judgeTime,
  secondsByState,
} from '../../core/availability/organization-slices.ts'
import { type SliceCounts, touchedBy } from '../../core/availability/slice-grid.ts'
import { uptimeOf, uptimeText } from '../../core/availability/uptime.ts'
import { type Fraction, ONE, fraction } from '../../core/exact/fraction.ts'
import { type Span, lengthMs } from '../../core/time/span.ts'
import { exclusionsWithin } from '../../store/exclusions.ts'
import { maintenanceWithin } from '../../store/maintenance.ts'
import type { Schema } from '../../store/schema.ts'
import { endpointCounts } from '../../store/slices.ts'
import { unmeasuredSpans } from '../../store/unmeasured.ts'
import { type Agreements, versionAt } from '../invoicing/agreement.ts'
import { finalPart, readPlatformTime } from './read-time.ts'

export interface AvailabilityQuestion {
  readonly fromMs: number
  readonly toMs: number
  readonly nowMs: number
  /** Slices are judged by the contract in force then; when the span begins, if left out. */
  readonly ruleAtMs?: number
}

/** How available a part of the API was, over all customers: no figure of it is one customer's. */
export interface ComponentAvailability {
  /** undefined: the whole platform. */
  readonly group: string | undefined
  /** In per cent, floored to five decimals; and exactly. */
  readonly uptime: string
  readonly exact: Fraction
  readonly downSeconds: number
  readonly down: readonly (Span & { readonly decidedBy: readonly Decider[] })[]
  readonly seconds: StateSeconds
  /** For the store alone: with few customers it would tell one of another. */
  readonly requests: { readonly valid: number; readonly failed: number }
}

export interface PlatformAvailability {
  /** What was judged: whole slices that are final. */
  readonly span: Span
  readonly sliceSeconds: number
  /** The version of the contract whose rule it was. */
  readonly contractVersion: number
  readonly components: readonly ComponentAvailability[]
}

/**
 * The platform and each group of the contract over any span. Slices are judged by the contract in force when the span
 * begins, or at `ruleAtMs`; the groups are those of the newest one. A group is judged by its own requests, over all apps.
 */
export async function platformAvailability(
  db: Kysely<Schema>,
  agreements: Agreements,
  { fromMs, toMs, nowMs, ruleAtMs = fromMs }: AvailabilityQuestion,
): Promise<PlatformAvailability> {
  const versions = await agreements.versions(db)
  const { contract, version: contractVersion } = versionAt(versions, ruleAtMs)
  const { availability } = contract
  const groups = versions.at(-1)?.contract.availability.groups ?? {}
  const span = wholeSlices(fromMs, toMs, availability.sliceSeconds, nowMs)
  const platform = await readPlatformTime(db, span, availability, nowMs)
  const { grid } = platform
  const within = { fromMs: grid.startMs, toMs: grid.startMs + grid.length * grid.seconds * 1000 }
  const lost = (await unmeasuredSpans(db, ANY_APP, within)).map(each => ({
    startMs: each.fromMs,
    endMs: each.toMs,
  }))
  const common = {
    ...platform,
    rule: availability,
    noticeHours: availability.maintenanceNoticeHours,
    maintenance: await maintenanceWithin(db, within),
    exclusions: (await exclusionsWithin(db, within)).filter(
      ({ withdrawn, organizationId }) => !withdrawn && organizationId === undefined,
    ),
  }
  const unmeasured = touchedBy(grid, lost)
  const components = [componentOf(common, { group: undefined, own: platform.allApps, unmeasured }, span)]
  for (const [group, endpoints] of Object.entries(groups)) {
    const own = await endpointCounts(db, endpoints, grid)
    // What other endpoints answered says nothing of this group: it is over all apps already.
    components.push(componentOf({ ...common, allApps: own }, { group, own, unmeasured }, span))
  }
  return { span, sliceSeconds: grid.seconds, contractVersion, components }
}

/** The final slices of which each lies in the span. */
function wholeSlices(fromMs: number, toMs: number, sliceSeconds: number, nowMs: number): Span {
  const sliceMs = sliceSeconds * 1000
  const startMs = Math.ceil(fromMs / sliceMs) * sliceMs
  const endMs = Math.floor(toMs / sliceMs) * sliceMs
  return finalPart({ startMs, endMs: Math.max(startMs, endMs) }, sliceSeconds, nowMs)
}

/** Spans in which records of any app may be missing are kept under no app's name. */
const ANY_APP = ''

function componentOf(
  common: Omit<MeasuredTime, 'apps'>,
  { group, own, unmeasured }: { group: string | undefined; own: SliceCounts; unmeasured: Uint8Array },
  span: Span,
): ComponentAvailability {
  const judged = judgeTime({ ...common, apps: [{ appId: group ?? '', own, unmeasured }] })
  const outages = judged.apps.flatMap(({ outages: spans }) => [...spans])
  const { down } = countDownTime({ ...judged, outages })
  const seconds = fraction(lengthMs(down), 1000)
  const length = (span.endMs - span.startMs) / 1000
  const exact = length === 0 ? ONE : uptimeOf(seconds, length)
  return {
    group,
    uptime: uptimeText(exact),
    exact,
    downSeconds: lengthMs(down) / 1000,
    // What was asked for is left out: with few customers it would tell one of another.
    down: describeDown(judged, down).map(({ startMs, endMs, decidedBy }) => ({ startMs, endMs, decidedBy })),
    seconds: secondsByState(judged),
    requests: { valid: sumFrom(common.lead, own.valid), failed: sumFrom(common.lead, own.failed) },
  }
}

function sumFrom(lead: number, counts: Uint32Array): number {
  let sum = 0
  for (let slice = lead; slice < counts.length; slice++) sum += counts[slice]!
  return sum
}
