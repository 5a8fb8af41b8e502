import { type Span, union } from '../time/span.ts'
import type { Exclusion } from './exclusions.ts'
import {
  type Decider,
  ADJOINING_DOWN,
  adjoiningRun,
  downSpans,
  judgeSlices,
  stateOf,
  verdictOf,
} from './judge-slices.ts'
import { type Maintenance, excludedWindow } from './maintenance.ts'
import { type SliceCounts, type SliceGrid, spanOf, touchedBy } from './slice-grid.ts'
import type { SliceRule } from './slice-rule.ts'

/** What was measured of one app, on the grid of its organization. */
export interface AppSlices {
  readonly appId: string
  readonly own: SliceCounts
  /** 1 where records of it may be missing. */
  readonly unmeasured: Uint8Array
  /** When it was made; undefined: before the grid begins. */
  readonly sinceMs?: number | undefined
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
    const said = saidOf(app, measured)
    const verdicts = judgeSlices({ ...measured, ...app, ...said, excluded })
    return { ...app, unmeasured: said.unmeasured, verdicts, outages: downSpans(grid, verdicts, lead) }
  })
  return { ...measured, apps, excluded }
}

/** What others say of an app's slices: nothing of those that were over before it was made, for nobody could miss it. */
function saidOf({ sinceMs, unmeasured }: AppSlices, { grid, allApps, silent, probed }: MeasuredTime) {
  const said = { allApps, silent, probed, unmeasured }
  if (sinceMs === undefined) return said
  const first = Math.floor((sinceMs - grid.startMs) / (grid.seconds * 1000))
  if (first <= 0) return said
  return {
    allApps: {
      valid: allApps.valid.slice().fill(0, 0, first),
      failed: allApps.failed.slice().fill(0, 0, first),
    },
    silent: silent.slice().fill(0, 0, first),
    probed: probed.slice().fill(0, 0, first),
    unmeasured: unmeasured.slice().fill(0, 0, first),
  }
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
  /** Where adjoining slices decided: what the first verdict of theirs went by. A frozen report of an older Weir has none. */
  readonly decidedOn?: DecidingRequests | undefined
}

/** Requests from an instant on that together decided for a slice in which too few arrived. */
export interface DecidingRequests {
  readonly fromMs: number
  readonly valid: number
  readonly failed: number
}

/** Tells of each span which apps were down in it, what they were asked and who decided. */
export function describeDown(judged: JudgedTime, spans: readonly Span[]): DownSpan[] {
  const { grid, lead } = judged
  const sliceMs = grid.seconds * 1000
  return spans.map(span => {
    const first = Math.max(lead, Math.floor((span.startMs - grid.startMs) / sliceMs))
    const end = Math.min(grid.length, Math.ceil((span.endMs - grid.startMs) / sliceMs))
    const down: string[] = []
    const decided = new Set<Decider>()
    let [valid, failed] = [0, 0]
    for (const { appId, own, verdicts } of judged.apps) {
      const said = [...new Set(verdicts.subarray(first - lead, end - lead))].map(verdictOf)
      const whoSaidDown = said.filter(({ state }) => state === 'down')
      if (whoSaidDown.length === 0) continue
      down.push(appId)
      for (const { decider } of whoSaidDown) decided.add(decider)
      for (let slice = first; slice < end; slice++) {
        valid += own.valid[slice]!
        failed += own.failed[slice]!
      }
    }
    const decidedOn = decided.has('adjoining') ? decidingRequests(judged, first, end) : undefined
    return { ...span, apps: down, valid, failed, decidedBy: [...decided], ...(decidedOn && { decidedOn }) }
  })
}

/** The requests lie before the span as a rule: without them its own figures would not say why it was down. */
function decidingRequests(judged: JudgedTime, first: number, end: number): DecidingRequests | undefined {
  const { grid, lead, excluded, rule } = judged
  let earliest: DecidingRequests | undefined
  for (const { own, unmeasured, verdicts } of judged.apps) {
    const at = verdicts.subarray(first - lead, end - lead).indexOf(ADJOINING_DOWN)
    const run = at < 0 ? undefined : adjoiningRun({ rule, grid, own, unmeasured, excluded }, first + at)
    if (run === undefined) continue
    const fromMs = spanOf(grid, run.first).startMs
    if (earliest === undefined || fromMs < earliest.fromMs) {
      earliest = { fromMs, valid: run.valid, failed: run.failed }
    }
  }
  return earliest
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
  const slices = grid.length - lead
  const counts = [0, 0, 0]
  const [first = new Uint8Array(slices).fill(IDLE_BYTE), ...others] = apps.map(({ verdicts }) => verdicts)
  for (let at = 0; at < slices; at++) {
    let worst = RANKS[first[at]!]!
    for (let app = 0; app < others.length; app++) worst = Math.max(worst, RANKS[others[app]![at]!]!)
    counts[worst]!++
  }
  const seconds = (count: number) => count * grid.seconds
  return {
    up: seconds(counts[UP]!),
    down: seconds(counts[DOWN]!),
    idle: seconds(counts[IDLE]!),
    excluded: seconds(marked([excluded], lead)),
    unmeasured: seconds(
      marked(
        apps.map(({ unmeasured }) => unmeasured),
        lead,
      ),
    ),
  }
}

/** In how many slices from the lead on one of these says 1. */
function marked(all: readonly Uint8Array[], lead: number): number {
  const some = all.filter(each => each.includes(1, lead))
  let count = 0
  for (let slice = lead; slice < (some[0]?.length ?? 0); slice++) {
    if (some.some(each => each[slice] === 1)) count++
  }
  return count
}

const IDLE = 0
const UP = 1
const DOWN = 2

/** Who has no app asked for nothing. */
const IDLE_BYTE = 16

/** How bad each verdict byte is; a month of 1,000 apps has 268 million of them. */
const RANKS = Uint8Array.from(
  { length: 32 },
  (_, byte) => ({ idle: IDLE, up: UP, down: DOWN })[stateOf(byte)],
)
