import type { Kysely } from 'kysely'
import { LOOK_BACK_MS, judgeSlices, verdictOf } from '../../core/availability/judge-slices.ts'
import { announcedSpan } from '../../core/availability/maintenance.ts'
import {
  type SliceCounts,
  type SliceGrid,
  coveredBy,
  gridOver,
  touchedBy,
} from '../../core/availability/slice-grid.ts'
import { type Availability, type Contract, RATE_LIMITS_ENDPOINT } from '../../core/contract/contract.ts'
import type { Span } from '../../core/time/span.ts'
import { maintenanceWithin } from '../../store/maintenance.ts'
import type { Schema } from '../../store/schema.ts'
import { endpointCounts } from '../../store/slices.ts'
import { unmeasuredSpans } from '../../store/unmeasured.ts'
import { readProbed, silentSpans } from './read-time.ts'

/** Which slices are to be judged. Plain data: it crosses threads. */
export interface ComponentQuestion extends Span {
  readonly availability: Availability
  /** Every name that requests are counted under. */
  readonly endpoints: readonly string[]
  /** Whether a slice in which no node beat is down; if not, it says nothing. */
  readonly silenceIsDown: boolean
  readonly nowMs: number
}

/** The whole platform, without a name and first, and the contract's groups: what is up or down for people. */
export interface ComponentSlices {
  readonly grid: SliceGrid
  /** 1 where a slice says nothing of anyone: announced work, lost records, and silence that is not judged. */
  readonly skipped: Uint8Array
  readonly components: readonly { readonly name: string | undefined; readonly down: Uint8Array }[]
}

/** What a question asks of a contract: groups are made of its endpoints, the platform of all that are counted. */
export function askedOf({ availability, endpoints, unmatched }: Contract) {
  const names = [...endpoints.map(({ name }) => name), RATE_LIMITS_ENDPOINT, unmatched]
  return { availability, endpoints: names.filter(name => name !== undefined) }
}

/**
 * Judges slices as soon as they are known, by the rule of the SLA: the platform by the requests of all apps, then by
 * probes and beats; a group by its own requests alone. Exclusions do not count here: what failed, failed.
 */
export async function componentSlices(
  db: Kysely<Schema>,
  { startMs, endMs, availability, endpoints, silenceIsDown, nowMs }: ComponentQuestion,
): Promise<ComponentSlices> {
  const { sliceSeconds, groups } = availability
  const judged = gridOver({ startMs, endMs }, sliceSeconds)
  const grid = gridOver({ startMs: judged.startMs - LOOK_BACK_MS, endMs }, sliceSeconds)
  const lead = grid.length - judged.length
  const within = { fromMs: grid.startMs, toMs: judged.startMs + judged.length * sliceSeconds * 1000 }

  const work = touchedBy(grid, (await maintenanceWithin(db, within)).map(announcedSpan))
  const lost = touchedBy(grid, (await unmeasuredSpans(db, '', within)).map(spanOfRow))
  const silent = coveredBy(grid, await silentSpans(db, within, nowMs))
  const probed = await readProbed(db, grid, availability)
  const nothing = new Uint8Array(grid.length)
  const nobody: SliceCounts = {
    valid: new Uint32Array(grid.length),
    failed: new Uint32Array(grid.length),
  }

  const downOf = async (names: readonly string[], others: Pick<typeof seen, 'silent' | 'probed'>) => {
    const own = await endpointCounts(db, names, grid)
    const facts = {
      rule: availability,
      grid,
      lead,
      own,
      allApps: nobody,
      unmeasured: nothing,
      excluded: work,
    }
    return judgeSlices({ ...facts, ...others }).map(byte => (verdictOf(byte).state === 'down' ? 1 : 0))
  }
  const seen = { silent: silenceIsDown ? silent : nothing, probed }
  const components = [{ name: undefined as string | undefined, down: await downOf(endpoints, seen) }]
  for (const [name, members] of Object.entries(groups)) {
    components.push({ name, down: await downOf(members, { silent: nothing, probed: nothing }) })
  }
  const isSkipped = (slice: number) => work[slice] || lost[slice] || (!silenceIsDown && silent[slice])
  const skipped = Uint8Array.from({ length: judged.length }, (_, at) => (isSkipped(lead + at) ? 1 : 0))
  return { grid: judged, skipped, components }
}

function spanOfRow({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): Span {
  return { startMs: fromMs, endMs: toMs }
}
