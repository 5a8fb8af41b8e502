import { LOOK_BACK_MS, judgeSlices, verdictOf } from '../../core/availability/judge-slices.ts'
import { type SliceGrid, gridOver } from '../../core/availability/slice-grid.ts'
import type { SliceRule } from '../../core/availability/slice-rule.ts'
import { monthSpan, startOfDayAfter } from '../../core/time/month.ts'
import { isoInstant } from '../../core/time/instant.ts'
import type { Span } from '../../core/time/span.ts'

/** A month's slices, with those before it that its first ones may be taken together with. */
export interface MonthGrid {
  readonly grid: SliceGrid
  readonly lead: number
}

export function monthGrid(month: string, timezone: string, seconds: number): MonthGrid {
  const span = monthSpan(month, timezone)
  const judged = gridOver(span, seconds)
  const grid = gridOver({ startMs: judged.startMs - LOOK_BACK_MS, endMs: span.endMs }, seconds)
  return { grid, lead: grid.length - judged.length }
}

/** A local day of a month: its date, its first slice on the grid and how many it has. */
export interface DayOfSlices {
  readonly date: string
  readonly first: number
  readonly count: number
}

export function daysOf({ grid, lead }: MonthGrid, timezone: string): DayOfSlices[] {
  const sliceMs = grid.seconds * 1000
  const days: DayOfSlices[] = []
  for (let first = lead; first < grid.length;) {
    const startMs = grid.startMs + first * sliceMs
    const endMs = startOfDayAfter(startMs, 1, timezone)
    const end = Math.min(grid.length, Math.ceil((endMs - grid.startMs) / sliceMs))
    days.push({ date: localDate(startMs, timezone), first, count: end - first })
    first = end
  }
  return days
}

function localDate(atMs: number, timezone: string): string {
  return Temporal.Instant.from(isoInstant(atMs)).toZonedDateTimeISO(timezone).toPlainDate().toString()
}

/** An app's slices as a file has them, on the grid of the month. */
export interface WrittenSlices extends MonthGrid {
  readonly rule: SliceRule
  readonly valid: Uint32Array
  readonly failed: Uint32Array
  readonly unmeasured: Uint8Array
  readonly excluded: Uint8Array
  /** From the lead on. */
  readonly verdicts: Uint8Array
}

/**
 * The verdicts that the rule gives for an app's own requests, where what others are said to have decided is taken as it
 * is said. So a verdict of others stands only where it was theirs to give.
 */
export function verdictsAnew(written: WrittenSlices): Uint8Array {
  const { grid, lead, rule, valid, failed, unmeasured, excluded, verdicts } = written
  const said = {
    allApps: { valid: new Uint32Array(grid.length), failed: new Uint32Array(grid.length) },
    silent: new Uint8Array(grid.length),
    probed: new Uint8Array(grid.length),
  }
  const enough = Math.max(rule.minRequests, rule.minFailed)
  for (const [index, byte] of verdicts.entries()) {
    const slice = lead + index
    const { decider, state } = verdictOf(byte)
    if (decider === 'nodes') said.silent[slice] = 1
    if (decider === 'probe') said.probed[slice] = state === 'down' ? 2 : 1
    if (decider === 'all-apps') {
      said.allApps.valid[slice] = enough
      said.allApps.failed[slice] = state === 'down' ? enough : 0
    }
  }
  return judgeSlices({ rule, grid, lead, own: { valid, failed }, unmeasured, excluded, ...said })
}

/** A span as records write it. */
export function spanText({ startMs, endMs }: Span): { from: string; to: string } {
  return { from: isoInstant(startMs), to: isoInstant(endMs) }
}
