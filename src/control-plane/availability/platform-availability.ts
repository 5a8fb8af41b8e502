import type { Kysely } from 'kysely'
import { type RequestSums, requestSums } from '../../core/availability/app-figures.ts'
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
import { uptimeText, uptimeWithin } from '../../core/availability/uptime.ts'
import type { Fraction } from '../../core/exact/fraction.ts'
import { monthOf, monthSpan } from '../../core/time/month.ts'
import { type Span, lengthMs } from '../../core/time/span.ts'
import { exclusionsWithin } from '../../store/exclusions.ts'
import { maintenanceWithin } from '../../store/maintenance.ts'
import type { Schema } from '../../store/schema.ts'
import { endpointCounts } from '../../store/slices.ts'
import { unmeasuredSpans } from '../../store/unmeasured.ts'
import { type Agreements, versionAt } from '../invoicing/agreement.ts'
import { type MeasuredSpan, type SpanQuestion, measuredSpan } from './measured-span.ts'
import { readPlatformTime } from './read-time.ts'

export type AvailabilityQuestion = SpanQuestion

/** How available a part of the API was, over all customers: no figure of it is one customer's. */
export interface ComponentAvailability {
  /** undefined: the whole platform. */
  readonly group: string | undefined
  /** In per cent, floored to five decimals; and exactly. undefined: nothing was measured. */
  readonly uptime: string | undefined
  readonly exact: Fraction | undefined
  readonly downSeconds: number
  readonly down: readonly (Span & { readonly decidedBy: readonly Decider[] })[]
  readonly seconds: StateSeconds
  /** For the provider and the store alone: with few customers it would tell one of another. */
  readonly requests: RequestSums
}

export interface PlatformAvailability extends MeasuredSpan {
  readonly sliceSeconds: number
  /** The version of the contract whose rule it was. */
  readonly contractVersion: number
  readonly components: readonly ComponentAvailability[]
}

/**
 * The platform and each group of the contract over any span. Slices are judged by the contract in force when the span's
 * UTC month begins, as for every SLA; the groups are those of the newest one. A group is judged by its own requests, over
 * all apps.
 */
export async function platformAvailability(
  db: Kysely<Schema>,
  agreements: Agreements,
  question: AvailabilityQuestion,
): Promise<PlatformAvailability> {
  const versions = await agreements.versions(db)
  const { contract, version: contractVersion } = versionAt(
    versions,
    monthSpan(monthOf(question.fromMs)).startMs,
  )
  const { availability } = contract
  const groups = versions.at(-1)?.contract.availability.groups ?? {}
  const { span, note } = await measuredSpan(db, question, availability.sliceSeconds)
  const platform = await readPlatformTime(db, span, availability, question.nowMs)
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
  return { span, note, sliceSeconds: grid.seconds, contractVersion, components }
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
  const exact = uptimeWithin(lengthMs(down), span)
  return {
    group,
    uptime: exact && uptimeText(exact),
    exact,
    downSeconds: lengthMs(down) / 1000,
    // What was asked for is left out: with few customers it would tell one of another.
    down: describeDown(judged, down).map(({ startMs, endMs, decidedBy }) => ({ startMs, endMs, decidedBy })),
    seconds: secondsByState(judged),
    requests: requestSums(common.lead, own),
  }
}
