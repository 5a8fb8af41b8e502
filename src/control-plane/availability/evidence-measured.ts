import { slaTimezone } from '../../core/availability/credit.ts'
import { stateOf } from '../../core/availability/judge-slices.ts'
import type { JudgedApp, JudgedTime } from '../../core/availability/organization-slices.ts'
import type { Sla } from '../../core/contract/contract.ts'
import type { Hash } from '../../core/evidence/chain.ts'
import { commitmentTo } from '../../core/evidence/commitment.ts'
import { packCounts } from '../../core/evidence/pack-counts.ts'
import type {
  DayRecord,
  ExclusionRecord,
  HeaderRecord,
  LeadRecord,
  MaintenanceRecord,
  Unlinked,
} from '../../core/evidence/record.ts'
import { isoInstant } from '../../core/time/instant.ts'
import type { StoredTotals } from '../../store/evidence.ts'
import type { RecordedExclusion } from '../../store/exclusions.ts'
import type { MaintenanceWindow } from '../../store/maintenance.ts'
import { daySalt } from './evidence-salts.ts'
import { type DayOfSlices, daysOf, monthGrid, spanText } from './evidence-slices.ts'
import { decidedByAll, packTotals } from './evidence-totals.ts'
import type { RecordedTime } from './read-time.ts'

/**
 * All that a month's evidence takes from its slices, packed. Plain data that crosses threads: the slices themselves are
 * some MB an app.
 */
export interface MeasuredEvidence {
  readonly rule: HeaderRecord['rule']
  readonly noticeHours: number
  readonly slices: HeaderRecord['slices']
  readonly said: readonly Unlinked<MaintenanceRecord | ExclusionRecord>[]
  readonly measured: readonly Unlinked<LeadRecord | DayRecord>[]
  /** What the commitments of the month are to; undefined: it has none. */
  readonly totals: StoredTotals | undefined
}

export interface MonthToPack {
  readonly month: string
  readonly sla: Sla
  /** Which gave the month's report too. */
  readonly judged: RecordedTime
  /** Of the month's salts: see `monthSecret`. */
  readonly secret: string
}

/** Packs a judged month, some 50 ms an app. Throws a RangeError while slices of the month are not judged yet. */
export async function measuredEvidence(of: MonthToPack, hash: Hash): Promise<MeasuredEvidence> {
  const { judged, sla, secret } = of
  refusePartial(of)
  const { grid, lead, noticeHours, allApps } = judged
  const days = daysOf(judged, slaTimezone(sla))
  const measured: Unlinked<LeadRecord | DayRecord>[] = []
  for (const app of judged.apps) {
    measured.push(leadOf(app, lead))
    for (const day of days) measured.push(await dayOf(judged, app, day, secret, hash))
  }
  const { sliceSeconds, errorPercent, minRequests, minFailed } = judged.rule
  const committed = measured.some(record => record.kind === 'day' && record.commitment !== null)
  return {
    rule: {
      sliceSeconds: sliceSeconds as HeaderRecord['rule']['sliceSeconds'],
      errorPercent,
      minRequests,
      minFailed,
    },
    noticeHours,
    slices: { from: isoInstant(grid.startMs), lead, count: grid.length - lead },
    said: [...judged.maintenance.map(maintenanceOf), ...judged.exclusions.map(exclusionOf)],
    measured,
    totals: committed ? packTotals(allApps, lead) : undefined,
  }
}

/** Evidence is of a whole month, whose slices are final. */
function refusePartial({ judged, month, sla }: MonthToPack): void {
  const { grid, lead } = monthGrid(month, slaTimezone(sla), judged.rule.sliceSeconds)
  const same =
    grid.startMs === judged.grid.startMs && grid.length === judged.grid.length && lead === judged.lead
  if (!same)
    throw new RangeError(`the slices of ${month} are not all judged yet, so there is no evidence of it`)
}

function maintenanceOf(window: MaintenanceWindow): Unlinked<MaintenanceRecord> {
  const { id, title, announcedMs, cancelledMs } = window
  const cancelled = cancelledMs === undefined ? null : isoInstant(cancelledMs)
  return {
    kind: 'maintenance',
    id,
    title,
    ...spanText(window),
    announced: isoInstant(announcedMs),
    cancelled,
  }
}

function exclusionOf(exclusion: RecordedExclusion): Unlinked<ExclusionRecord> {
  const { id, reason, text, author, createdMs } = exclusion
  return {
    kind: 'exclusion',
    id,
    reason,
    ...spanText(exclusion),
    text,
    author,
    recorded: isoInstant(createdMs),
  }
}

function leadOf(app: JudgedApp, lead: number): Unlinked<LeadRecord> {
  return { kind: 'lead', ...measuredOf(app, { first: 0, count: lead }) }
}

async function dayOf(
  { lead, grid, allApps }: JudgedTime,
  app: JudgedApp,
  day: DayOfSlices,
  secret: string,
  hash: Hash,
): Promise<Unlinked<DayRecord>> {
  const end = day.first + day.count
  const ofDay = (counts: Uint32Array) => counts.subarray(day.first, end)
  const verdicts = app.verdicts.subarray(day.first - lead, end - lead)
  const totals = decidedByAll(verdicts, { valid: ofDay(allApps.valid), failed: ofDay(allApps.failed) })
  const { date } = day
  const opened = { salt: daySalt(secret, app.appId, date), app: app.appId, date, totals }
  return {
    kind: 'day',
    date,
    ...measuredOf(app, day),
    verdicts: packCounts(verdicts),
    validSum: sumOf(ofDay(app.own.valid)),
    failedSum: sumOf(ofDay(app.own.failed)),
    downSeconds: downIn(verdicts) * grid.seconds,
    commitment: totals.length === 0 ? null : await commitmentTo(opened, hash),
  }
}

/** A plain loop: of 1,000 apps a callback for each slice takes half a minute. */
function sumOf(counts: Uint32Array): number {
  let sum = 0
  for (let at = 0; at < counts.length; at++) sum += counts[at]!
  return sum
}

function downIn(verdicts: Uint8Array): number {
  let down = 0
  for (let at = 0; at < verdicts.length; at++) if (IS_DOWN[verdicts[at]!]) down++
  return down
}

const IS_DOWN = Array.from({ length: 32 }, (_, byte) => stateOf(byte) === 'down')

function measuredOf({ appId, own, unmeasured }: JudgedApp, { first, count }: Omit<DayOfSlices, 'date'>) {
  const packed = (counts: Uint32Array | Uint8Array) => packCounts(counts.subarray(first, first + count))
  return {
    app: appId,
    count,
    valid: packed(own.valid),
    failed: packed(own.failed),
    unmeasured: packed(unmeasured),
  }
}
