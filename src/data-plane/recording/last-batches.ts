import { type Batch, emptyBatch } from '../../store/batch.ts'
import { lostTime } from './lost-time.ts'
import type { Reserve } from './reserve.ts'
import { joinSpans } from '../../store/spans.ts'
import type { Spool } from './spool.ts'

/** What a process lost because it ended while neither the store nor the disk took usage. */
export interface LostUsage {
  /** Requests, users and connections opened, as rows of batches. */
  readonly rows: number
  readonly batches: number
  /** The batches were made between these instants, in the store's time. */
  readonly fromMs: number
  readonly toMs: number
  /** True: a mark of its time waits on disk, and the next start makes it unmeasured. */
  readonly marked: boolean
}

/** The room of a disk for the end of a process. */
interface LastRoom {
  readonly spool: Spool
  readonly reserve?: Reserve
  readonly onDiskError: (error: unknown) => void
}

/** Tries the disk once more, which may have room again. Resolves to the batches that it did not take. */
export async function writeLast(
  batches: readonly Batch[],
  { spool, onDiskError }: LastRoom,
): Promise<Batch[]> {
  const left = [...batches]
  try {
    while (left[0] !== undefined && (await spool.append(left[0]))) left.shift()
  } catch (error) {
    onDiskError(error)
  }
  return left
}

/** Leaves a mark in the room that was kept for it; a long one may be cut down. False: the disk takes nothing at all. */
export async function leaveMark(mark: Batch, { spool, reserve, onDiskError }: LastRoom): Promise<boolean> {
  for (const each of [mark, cutDown(mark)]) {
    try {
      await reserve?.free()
      if (await spool.append(each, true)) return true
    } catch (error) {
      onDiskError(error)
    }
  }
  return false
}

/** The same time, of all apps at once. */
function cutDown({ nodeId, sequence, sentAtMs, beats, lostBatches = 0, unmeasured }: Batch): Batch {
  const spans = joinSpans(unmeasured, 0).map(span => ({ appId: undefined, ...span }))
  return { ...emptyBatch(nodeId, sequence, sentAtMs), beats, lostBatches, unmeasured: spans }
}

/** Closes of connections are kept while batches are dropped: lost, they would be billed as open. */
const MOST_KEPT_CLOSES = 100_000

/** What is kept of a batch that is lost: what is small, and what would make figures wrong instead of short. */
export function markOf(batch: Batch): Pick<Batch, 'beats' | 'closed' | 'unmeasured' | 'ended'> {
  const { beats, closed, ended } = batch
  const kept = { beats, closed: closed.slice(0, MOST_KEPT_CLOSES), unmeasured: lostTime(batch) }
  return ended ? { ...kept, ended } : kept
}

/** Rows whose loss makes a figure short. */
export function lostRows({ requests, users, opened }: Batch): number {
  return requests.length + users.length + opened.length
}

/** What is told of the batches that were lost; undefined when nothing was that any figure would miss. */
export function toldLoss(lost: readonly Batch[], marked: boolean): LostUsage | undefined {
  const rows = lost.reduce((sum, batch) => sum + lostRows(batch), 0)
  const instants = lost.map(({ sentAtMs }) => sentAtMs)
  if (rows === 0) return undefined
  return { rows, batches: lost.length, fromMs: Math.min(...instants), toMs: Math.max(...instants), marked }
}
