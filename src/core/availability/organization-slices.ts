import { type Span, intersection, union } from '../time/span.ts'
import type { Exclusion } from './exclusions.ts'
import { type Decider, downSpans, judgeSlices, verdictOf } from './judge-slices.ts'
import { type Maintenance, excludedWindow } from './maintenance.ts'
import { type SliceCounts, type SliceGrid, touchedBy } from './slice-grid.ts'
import type { SliceRule } from './slice-rule.ts'

/** What was measured of one app, on the grid of its organization. */
export interface AppSlices {
  readonly appId: string
  readonly own: SliceCounts
  /** 1 where records of it may be missing. */
  readonly unmeasured: Uint8Array
}

/** What was measured for one organization over a stretch of time, and what was said about that time. */
export interface MeasuredTime {
  readonly rule: SliceRule
  readonly noticeHours: number
  /** Begins `lead` slices before what is judged, and ends where slices are final. */
  readonly grid: SliceGrid
  readonly lead: number
  readonly apps: readonly AppSlices[]
  readonly allApps: SliceCounts
  readonly silent: Uint8Array
  readonly probed: Uint8Array
  readonly maintenance: readonly Maintenance[]
  readonly exclusions: readonly Exclusion[]
}

export interface JudgedApp extends AppSlices {
  /** From the lead on. */
  readonly verdicts: Uint8Array
  readonly outages: readonly Span[]
}

export interface JudgedTime extends MeasuredTime {
  readonly apps: readonly JudgedApp[]
  /** 1 where some of a slice is excluded; as long as the grid. */
  readonly excluded: Uint8Array
}

/** Judges every slice of every app. An organization is down when any of its apps is. */
export function judgeTime(measured: MeasuredTime): JudgedTime {
  const { grid, lead } = measured
  const excluded = touchedBy(grid, excludedSpans(measured))
  const apps = measured.apps.map(app => {
    const verdicts = judgeSlices({ ...measured, ...app, excluded })
    return { ...app, verdicts, outages: downSpans(grid, verdicts, lead) }
  })
  return { ...measured, apps, excluded }
}

/** The time that counts against no SLA. */
export function excludedSpans({
  maintenance,
  exclusions,
  noticeHours,
}: Pick<MeasuredTime, 'maintenance' | 'exclusions' | 'noticeHours'>): Span[] {
  return union([...maintenance.flatMap(each => excludedWindow(each, noticeHours).span ?? []), ...exclusions])
}

/** What happened in a stretch of down time. */
export interface DownSpan extends Span {
  readonly apps: readonly string[]
  /** Requests of those apps in the slices that it touches. */
  readonly valid: number
  readonly failed: number
  readonly decidedBy: readonly Decider[]
}

/** Tells of each span which apps were down in it, what they were asked and who decided. */
export function describeDown(judged: JudgedTime, spans: readonly Span[]): DownSpan[] {
  return spans.map(span => {
    const touched = touchedBy(judged.grid, [span])
    const down = judged.apps.filter(({ outages }) => intersection(outages, [span]).length > 0)
    const decided = new Set<Decider>()
    let [valid, failed] = [0, 0]
    for (const { own, verdicts } of down) {
      for (let slice = judged.lead; slice < judged.grid.length; slice++) {
        if (!touched[slice]) continue
        valid += own.valid[slice]!
        failed += own.failed[slice]!
        const { state, decider } = verdictOf(verdicts[slice - judged.lead]!)
        if (state === 'down') decided.add(decider)
      }
    }
    return { ...span, apps: down.map(({ appId }) => appId), valid, failed, decidedBy: [...decided] }
  })
}

/** Seconds by what they were: an organization's slice is down if one of its apps' is, idle if all of them are. */
export interface StateSeconds {
  readonly up: number
  readonly down: number
  readonly idle: number
  readonly excluded: number
  readonly unmeasured: number
}

/** `down` here is before exclusions, which count to the millisecond and not by slices. */
export function secondsByState({ grid, lead, apps, excluded }: JudgedTime): StateSeconds {
  const slices = { up: 0, down: 0, idle: 0, excluded: 0, unmeasured: 0 }
  for (let slice = lead; slice < grid.length; slice++) {
    const states = apps.map(({ verdicts }) => verdictOf(verdicts[slice - lead]!).state)
    const state = states.includes('down') ? 'down' : states.includes('up') ? 'up' : 'idle'
    slices[state]++
    if (excluded[slice]) slices.excluded++
    if (apps.some(({ unmeasured }) => unmeasured[slice])) slices.unmeasured++
  }
  const seconds = (count: number) => count * grid.seconds
  return {
    up: seconds(slices.up),
    down: seconds(slices.down),
    idle: seconds(slices.idle),
    excluded: seconds(slices.excluded),
    unmeasured: seconds(slices.unmeasured),
  }
}
