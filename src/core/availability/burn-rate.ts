import { grouped } from '../contract/plain-words.ts'
import { isoInstant } from '../time/instant.ts'
import { type SliceGrid, spanOf } from './slice-grid.ts'

/**
 * When slices that are down become an incident, and when it is over: burn rates over two windows each, as Google's SRE
 * workbook does with errors ("Alerting on SLOs"), here with down time. A rule burns when both of its windows do: the long
 * one says that it matters, the short one that it goes on.
 */
export interface BurnRule {
  readonly name: 'fast' | 'slow'
  readonly longSeconds: number
  readonly shortSeconds: number
  /** How many times faster than `BUDGET_PARTS` allows, in tenths: 144 is 14.4. */
  readonly rateTenths: number
  /** Up for so long, it is over; shorter pauses belong to one incident. */
  readonly calmSeconds: number
}

/**
 * The budget is a thousandth of the time, a target of 99.9 %, whatever an SLA promises: at 99.999 % one slice of ten
 * seconds would use up the hour's allowance many times over, and every blip would wake someone.
 */
const BUDGET_PARTS = 1000

/** With slices of ten seconds: 60 s of an hour and one slice of five minutes; 130 s of six hours and two slices of thirty minutes. */
export const burnRules: readonly BurnRule[] = [
  { name: 'fast', longSeconds: 3600, shortSeconds: 300, rateTenths: 144, calmSeconds: 900 },
  { name: 'slow', longSeconds: 21_600, shortSeconds: 1800, rateTenths: 60, calmSeconds: 1800 },
]

/** What has to be known before the newest slice. */
export const BURN_LOOK_BACK_MS = 21_600_000

/** Fewer slices are a blip, however long a slice is. */
export const FEWEST_SLICES = 2

export interface BurnFacts {
  /** Ends with the newest slice that is known. */
  readonly grid: SliceGrid
  /** 1 where a slice was down. */
  readonly down: Uint8Array
  /** 1 where a slice says nothing: work that was announced, or records that are lost. */
  readonly skipped: Uint8Array
}

export interface Burn {
  readonly rule: BurnRule['name']
  /** Where the first slice begins that belongs to it. */
  readonly startedMs: number
  readonly because: string
}

/** Whether an incident opens now; undefined: none does. Slices that begin before `sinceMs` belong to one that is over. */
export function findBurn(facts: BurnFacts, sinceMs: number): Burn | undefined {
  for (const rule of burnRules) {
    const long = downWithin(facts, rule.longSeconds, sinceMs)
    const short = downWithin(facts, rule.shortSeconds, sinceMs)
    if (long < FEWEST_SLICES * facts.grid.seconds) continue
    if (!burns(long, rule.longSeconds, rule) || !burns(short, rule.shortSeconds, rule)) continue
    return {
      rule: rule.name,
      startedMs: beganMs(facts, rule.calmSeconds, sinceMs),
      because:
        `Down for ${grouped(long)} of the last ${grouped(rule.longSeconds)} seconds and for ${grouped(short)} of the last ` +
        `${grouped(rule.shortSeconds)}: in both, at least ${rule.rateTenths / 10} times as much as 99.9 % allows.`,
    }
  }
  return undefined
}

export interface Calm {
  /** Where the last slice ends that was down. */
  readonly endedMs: number
  readonly because: string
}

/**
 * Whether an incident that began at `startedMs` is over; undefined: it goes on. Nothing was down for a quarter of an hour,
 * or for half an hour as long as the slow rule's long window burns: a leak that drips must not open one incident a drop.
 */
export function findCalm(facts: BurnFacts, startedMs: number): Calm | undefined {
  const burning = burnRules.filter(rule => {
    const long = downWithin(facts, rule.longSeconds, -Infinity)
    return burns(long, rule.longSeconds, rule)
  })
  const needed = Math.max(burnRules[0]!.calmSeconds, ...burning.map(({ calmSeconds }) => calmSeconds))
  const { grid, down, skipped } = facts
  let [calm, slice] = [0, grid.length - 1]
  for (; slice >= 0 && (skipped[slice] || !down[slice]); slice--) if (!skipped[slice]) calm += grid.seconds
  if (calm < needed) return undefined
  // Where nothing was down as far back as is known, it ended before that.
  const endedMs = Math.max(startedMs, slice < 0 ? grid.startMs : spanOf(grid, slice).endMs)
  return {
    endedMs,
    because: `Up since ${isoInstant(endedMs)}: for ${grouped(calm)} seconds that count, and ${grouped(needed)} are asked for.`,
  }
}

function burns(downSeconds: number, windowSeconds: number, { rateTenths }: BurnRule): boolean {
  return downSeconds * BUDGET_PARTS * 10 >= rateTenths * windowSeconds
}

function downWithin(facts: BurnFacts, windowSeconds: number, sinceMs: number): number {
  const { grid } = facts
  const first = Math.max(0, grid.length - Math.floor(windowSeconds / grid.seconds))
  let slices = 0
  for (let slice = first; slice < grid.length; slice++) if (isDown(facts, slice, sinceMs)) slices++
  return slices * grid.seconds
}

function isDown({ grid, down, skipped }: BurnFacts, slice: number, sinceMs: number): boolean {
  return down[slice] === 1 && !skipped[slice] && spanOf(grid, slice).startMs >= sinceMs
}

/** The first slice that is down, back from the last one, over pauses that are shorter than the calm. */
function beganMs(facts: BurnFacts, calmSeconds: number, sinceMs: number): number {
  const { grid } = facts
  let began = grid.length
  let pause = 0
  for (let slice = grid.length - 1; slice >= 0; slice--) {
    if (isDown(facts, slice, sinceMs)) {
      if (began < grid.length && pause >= calmSeconds) break
      began = slice
      pause = 0
    } else pause += grid.seconds
  }
  return spanOf(grid, began).startMs
}
