import type { Kysely } from 'kysely'
import { LOOK_BACK_MS } from '../../core/availability/judge-slices.ts'
import { type JudgedTime, judgeTime } from '../../core/availability/organization-slices.ts'
import { probedSlices, voiceMs } from '../../core/availability/probe-verdicts.ts'
import {
  type SliceCounts,
  type SliceGrid,
  coveredBy,
  gridOver,
  touchedBy,
} from '../../core/availability/slice-grid.ts'
import type { Availability } from '../../core/contract/contract.ts'
import { type Span, subtraction } from '../../core/time/span.ts'
import { appsMadeBefore } from '../../store/apps.ts'
import { type RecordedExclusion, exclusionsWithin } from '../../store/exclusions.ts'
import { type MaintenanceWindow, maintenanceWithin } from '../../store/maintenance.ts'
import { beats, beatsOnTheWayMs, firstBeatMs } from '../../store/nodes.ts'
import { probeResultsWithin } from '../../store/probe-results.ts'
import type { Schema } from '../../store/schema.ts'
import { type SlicePiece, allAppsCounts, appPieces, countsOf } from '../../store/slices.ts'
import { unmeasuredSpans } from '../../store/unmeasured.ts'

/** A late answer changes a slice until then (design, Availability). */
export const FINAL_AFTER_MS = 600_000

/** What was measured of no one organization: read once for a stretch of time, used for all of them. */
export interface PlatformTime {
  readonly grid: SliceGrid
  readonly lead: number
  readonly allApps: SliceCounts
  readonly silent: Uint8Array
  readonly probed: Uint8Array
  readonly availability: Availability
}

/** The part of a span whose slices are final; empty if none is. */
export function finalPart({ startMs, endMs }: Span, sliceSeconds: number, nowMs: number): Span {
  const sliceMs = sliceSeconds * 1000
  const finalMs = Math.floor((nowMs - FINAL_AFTER_MS) / sliceMs) * sliceMs
  return { startMs, endMs: Math.max(startMs, Math.min(endMs, finalMs)) }
}

/** `span`: of final slices, or the newest ones are judged by what is known so far, at `nowMs`. */
export async function readPlatformTime(
  db: Kysely<Schema>,
  span: Span,
  availability: Availability,
  nowMs: number,
): Promise<PlatformTime> {
  const { sliceSeconds } = availability
  const judged = gridOver(span, sliceSeconds)
  const grid = gridOver({ startMs: judged.startMs - LOOK_BACK_MS, endMs: span.endMs }, sliceSeconds)
  const within = spanOfGrid(grid)
  return {
    grid,
    lead: grid.length - judged.length,
    allApps: await allAppsCounts(db, grid),
    silent: coveredBy(grid, await silentSpans(db, within, nowMs)),
    probed: await readProbed(db, grid, availability),
    availability,
  }
}

/** A judged stretch, with all that is known of what people said about it. */
export interface RecordedTime extends JudgedTime {
  readonly maintenance: readonly MaintenanceWindow[]
  /** Those that hold. */
  readonly exclusions: readonly RecordedExclusion[]
}

/** What the probes say of each slice. What was sent before the first of them may still speak there. */
export async function readProbed(
  db: Kysely<Schema>,
  grid: SliceGrid,
  { probes }: Pick<Availability, 'probes'>,
): Promise<Uint8Array> {
  const { fromMs, toMs } = spanOfGrid(grid)
  const everySeconds = new Map(probes.map(({ name, everySeconds: seconds }) => [name, seconds]))
  const heardFromMs = fromMs - voiceMs(Math.max(0, ...everySeconds.values()))
  return probedSlices(grid, await probeResultsWithin(db, { fromMs: heardFromMs, toMs }), everySeconds)
}

/** Reads the stretch of one organization and judges it, by the slices of all its apps. */
export async function readOrganizationTime(
  db: Kysely<Schema>,
  organizationId: string,
  platform: PlatformTime,
): Promise<RecordedTime> {
  return judgeFacts(await readOrganizationFacts(db, organizationId, platform), platform)
}

/** What was recorded of one organization and said about the time, before any judgement. */
export interface OrganizationFacts {
  readonly apps: readonly {
    readonly appId: string
    /** When it was made. */
    readonly sinceMs: number
    readonly slices: readonly SlicePiece[]
    /** Time in which records of it may be missing. */
    readonly lost: readonly Span[]
  }[]
  readonly maintenance: readonly MaintenanceWindow[]
  /** Those that hold. */
  readonly exclusions: readonly RecordedExclusion[]
}

export async function readOrganizationFacts(
  db: Kysely<Schema>,
  organizationId: string,
  { grid }: PlatformTime,
): Promise<OrganizationFacts> {
  const within = spanOfGrid(grid)
  const maintenance = await maintenanceWithin(db, within)
  const exclusions = (await exclusionsWithin(db, within, organizationId)).filter(
    ({ withdrawn }) => !withdrawn,
  )
  const apps = []
  for (const { appId, sinceMs } of await appsMadeBefore(db, organizationId, within.toMs)) {
    const lost = (await unmeasuredSpans(db, appId, within)).map(({ fromMs, toMs }) => ({
      startMs: fromMs,
      endMs: toMs,
    }))
    apps.push({ appId, sinceMs, slices: await appPieces(db, appId, grid), lost })
  }
  return { apps, maintenance, exclusions }
}

export function judgeFacts(
  { apps, maintenance, exclusions }: OrganizationFacts,
  { availability, ...platform }: PlatformTime,
): RecordedTime {
  const { grid } = platform
  const measured = apps.map(({ appId, sinceMs, slices, lost }) => {
    return { appId, sinceMs, own: countsOf(slices, grid), unmeasured: touchedBy(grid, lost) }
  })
  const noticeHours = availability.maintenanceNoticeHours
  const said = { maintenance, exclusions }
  const time = { ...platform, rule: availability, noticeHours, apps: measured, ...said }
  return { ...judgeTime(time), ...said }
}

/**
 * Time in which no node beat. Before the very first beat nothing was promised to be there; and beats that may be on their
 * way are no silence yet, which on a test's clock that runs fast is hours.
 */
export async function silentSpans(
  db: Kysely<Schema>,
  within: { fromMs: number; toMs: number },
  nowMs: number,
): Promise<Span[]> {
  const first = await firstBeatMs(db)
  if (first === undefined) return []
  // In this order: a batch that comes between the two questions may say too much, and never that a node was silent.
  const comingFromMs = await beatsOnTheWayMs(db, nowMs)
  const heard = (await beats(db, within)).map(({ fromMs, toMs }) => ({ startMs: fromMs, endMs: toMs }))
  if (comingFromMs !== undefined)
    heard.push({ startMs: comingFromMs, endMs: Math.max(comingFromMs, within.toMs) })
  return subtraction([{ startMs: Math.max(first, within.fromMs), endMs: within.toMs }], heard)
}

function spanOfGrid({ startMs, seconds, length }: SliceGrid): { fromMs: number; toMs: number } {
  return { fromMs: startMs, toMs: startMs + length * seconds * 1000 }
}
