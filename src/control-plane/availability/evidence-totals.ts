import { createHash } from 'node:crypto'
import { verdictOf } from '../../core/availability/judge-slices.ts'
import type { SliceCounts } from '../../core/availability/slice-grid.ts'
import { packCounts, unpackCounts } from '../../core/evidence/pack-counts.ts'
import type { StoredTotals } from '../../store/evidence.ts'

/** Many organizations are judged by one reading of the platform, which never changes. */
const known = new WeakMap<SliceCounts, StoredTotals>()

/** What all apps were asked in a month, by slice from its first on: what commitments are to. */
export function packTotals(allApps: SliceCounts, lead: number): StoredTotals {
  const found = known.get(allApps)
  if (found !== undefined) return found
  const [valid, failed] = [allApps.valid, allApps.failed].map(counts => packCounts(counts.subarray(lead)))
  const id = createHash('sha256').update(`${valid!}\n${failed!}`).digest('hex')
  const totals = { id, valid: valid!, failed: failed! }
  known.set(allApps, totals)
  return totals
}

/** `length`: of the month, in slices. */
export function unpackTotals({ valid, failed }: StoredTotals, length: number): SliceCounts {
  return { valid: unpackCounts(valid, length), failed: unpackCounts(failed, length) }
}

/** What all apps were asked in those slices of a day that they decided, of verdicts and counts of that day alone. */
export function decidedByAll(verdicts: Uint8Array | Uint32Array, allApps: SliceCounts) {
  const totals: [slice: number, valid: number, failed: number][] = []
  for (let slice = 0; slice < verdicts.length; slice++) {
    if (!BY_ALL[verdicts[slice]!]) continue
    totals.push([slice, allApps.valid[slice]!, allApps.failed[slice]!])
  }
  return totals
}

/** Which verdicts are theirs: a month of 1,000 apps has 268 million of them. */
const BY_ALL = Array.from({ length: 32 }, (_, byte) => verdictOf(byte).decider === 'all-apps')
