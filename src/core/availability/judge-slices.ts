import type { Span } from '../time/span.ts'
import { type SliceCounts, type SliceGrid, spanOf } from './slice-grid.ts'
import { type SliceJudge, type SliceRule, createSliceJudge } from './slice-rule.ts'

/**
 * Who said what a slice was (design, Availability): its own requests; those of the slices before it, together; all apps;
 * a probe; the nodes, none of which was there; or nobody, which is up where nothing was asked for, and down where
 * records were dropped.
 */
export const deciders = ['app', 'adjoining', 'all-apps', 'probe', 'nodes', 'nobody'] as const
export type Decider = (typeof deciders)[number]

/** `idle` counts as up: nothing was asked for, and nobody says that it would have failed. */
export type SliceState = 'up' | 'down' | 'idle'

/** A verdict in one byte: the decider's place in `deciders`, and 8 for down, 16 for idle. */
export type VerdictByte = number

export interface SlicesToJudge {
  readonly rule: SliceRule
  /** Its first `lead` slices are looked back at, and not judged themselves. */
  readonly grid: SliceGrid
  readonly lead: number
  readonly own: SliceCounts
  readonly allApps: SliceCounts
  /** 1 where no node was there for the whole slice. */
  readonly silent: Uint8Array
  /** 1 where records of this app may be missing. */
  readonly unmeasured: Uint8Array
  /** 1 where some of the slice is excluded: it is skipped when slices are taken together. */
  readonly excluded: Uint8Array
  /** What the probes saw: 1 up, 2 down, 0 nothing. */
  readonly probed: Uint8Array
}

/** How far back slices are taken together, the judged one among them. */
export const LOOK_BACK_MS = 300_000

const DOWN = 8
const IDLE = 16

/** A verdict for each slice behind the lead. */
export function judgeSlices(facts: SlicesToJudge): Uint8Array {
  const { grid, lead, own, allApps, silent, unmeasured, probed, rule } = facts
  const judge = createSliceJudge(rule)
  const farthest = farthestBack(grid)

  /** `within` is all that arrived as far back as may be looked: of quiet hours nothing more needs to be asked. */
  function judgeTogether(slice: number, within: number): 'up' | 'down' | undefined {
    return within < rule.minRequests ? undefined : shortestRun(facts, judge, slice)?.verdict
  }

  function judgeByOthers(slice: number): VerdictByte | undefined {
    const all = judge(allApps.valid[slice]!, allApps.failed[slice]!)
    if (all !== 'too-few') return BYTES['all-apps'][all]
    const seen = probed[slice]
    return seen ? BYTES.probe[seen === 2 ? 'down' : 'up'] : undefined
  }

  function judgeOne(slice: number, within: number): VerdictByte {
    if (unmeasured[slice]) return judgeByOthers(slice) ?? BYTES.nobody.down
    const alone = judge(own.valid[slice]!, own.failed[slice]!)
    if (alone !== 'too-few') return alone === 'up' ? APP_UP : APP_DOWN
    // Whatever arrived, of whichever app, arrived at a node: then beats are missing, and not the nodes.
    const nothingArrived = own.valid[slice] === 0 && allApps.valid[slice] === 0
    if (silent[slice] && nothingArrived) return BYTES.nodes.down
    const together = judgeTogether(slice, within)
    if (together) return BYTES.adjoining[together]
    return judgeByOthers(slice) ?? BYTES.nobody.idle
  }

  const verdicts = new Uint8Array(grid.length - lead)
  const { valid, failed } = own
  let within = 0
  for (let slice = 0; slice < grid.length; slice++) {
    const asked = valid[slice]!
    within += asked
    if (slice > farthest) within -= valid[slice - farthest - 1]!
    if (slice < lead) continue
    // What most slices of a busy app are needs no call.
    const isUp = asked >= rule.minRequests && failed[slice] === 0 && unmeasured[slice] === 0
    verdicts[slice - lead] = isUp ? APP_UP : judgeOne(slice, within)
  }
  return verdicts
}

/** The slices that decided for one that was asked too little, that one the last of them. */
export interface AdjoiningRun {
  /** The grid's slice that it begins with. */
  readonly first: number
  /** Requests of those of its slices that were taken together. */
  readonly valid: number
  readonly failed: number
}

type RunFacts = Pick<SlicesToJudge, 'rule' | 'grid' | 'own' | 'unmeasured' | 'excluded'>

/** undefined: no run of adjoining slices is enough. */
export function adjoiningRun(facts: RunFacts, slice: number): AdjoiningRun | undefined {
  return shortestRun(facts, createSliceJudge(facts.rule), slice)
}

/** The shortest run of slices up to this one that together are enough, each of them too few by itself. */
function shortestRun({ rule, grid, own, unmeasured, excluded }: RunFacts, judge: SliceJudge, slice: number) {
  let valid = 0
  let failed = 0
  for (let at = slice; at >= Math.max(0, slice - farthestBack(grid)); at--) {
    // What is missing there would be missing in the sum.
    if (at !== slice && (excluded[at] || unmeasured[at])) continue
    if (own.valid[at]! >= rule.minRequests) return undefined
    valid += own.valid[at]!
    failed += own.failed[at]!
    const verdict = judge(valid, failed)
    if (verdict !== 'too-few') return { first: at, valid, failed, verdict }
  }
  return undefined
}

function farthestBack({ seconds }: SliceGrid): number {
  return Math.floor(LOOK_BACK_MS / 1000 / seconds) - 1
}

/** Every byte there is, at hand: a month of 1,000 apps has 268 million of them. */
const BYTES = Object.fromEntries(
  deciders.map(decider => [
    decider,
    { up: byteOf(decider, 'up'), down: byteOf(decider, 'down'), idle: byteOf(decider, 'idle') },
  ]),
) as Readonly<Record<Decider, Readonly<Record<SliceState, VerdictByte>>>>

/** What most slices of most apps are. */
const APP_UP = byteOf('app', 'up')
const APP_DOWN = byteOf('app', 'down')
export const ADJOINING_DOWN = byteOf('adjoining', 'down')

function byteOf(decider: Decider, state: SliceState): VerdictByte {
  return deciders.indexOf(decider) + (state === 'down' ? DOWN : state === 'idle' ? IDLE : 0)
}

export function verdictOf(byte: VerdictByte): { readonly decider: Decider; readonly state: SliceState } {
  return { decider: deciders[byte & 7]!, state: stateOf(byte) }
}

export function stateOf(byte: VerdictByte): SliceState {
  return byte & DOWN ? 'down' : byte & IDLE ? 'idle' : 'up'
}

/** The spans whose slices are down, joined, ascending. `first` is the grid's slice of the first verdict. */
export function downSpans(grid: SliceGrid, verdicts: Uint8Array, first = 0): Span[] {
  const spans: Span[] = []
  let began = -1
  for (let i = 0; i <= verdicts.length; i++) {
    const down = i < verdicts.length && (verdicts[i]! & DOWN) !== 0
    if (down && began < 0) began = i
    if (down || began < 0) continue
    spans.push({ startMs: spanOf(grid, first + began).startMs, endMs: spanOf(grid, first + i - 1).endMs })
    began = -1
  }
  return spans
}
