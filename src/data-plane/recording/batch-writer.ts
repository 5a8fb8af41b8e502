import { type Batch, emptyBatch, rowsOf, rowsOfAll } from '../../store/batch.ts'
import { LONGEST_BEAT_MS } from '../../store/nodes.ts'
import { type LostUsage, leaveMark, lostRows, markOf, toldLoss, writeLast } from './last-batches.ts'
import { joinLost } from './lost-time.ts'
import type { Report } from './recorder.ts'
import { joinSpans } from '../../store/spans.ts'
import type { Reserve } from './reserve.ts'
import type { Spool, Waiting } from './spool.ts'

/** Turns reports into numbered batches, keeps each in the spool, and gives it to the store until it is taken. */
export interface BatchWriter {
  add(report: BatchLists): void
  /** Resolves when everything added so far is in the store; rejects if the store does not take it in time. */
  flush(timeoutMs: number): Promise<void>
  /** Keeps what was added, gives the store so long to take it, and leaves the rest on disk, as far as that takes it. */
  stop(timeoutMs: number): Promise<EndOfWriting>
  /** Rows that wait for the store. */
  readonly waitingRows: number
}

interface EndOfWriting {
  /** Rows that wait on disk for the next start. */
  readonly waitingRows: number
  /** undefined: nothing. */
  readonly lost: LostUsage | undefined
}

/** What a batch says, as far as there is something. */
export type BatchLists = Partial<Pick<Report, 'requests' | 'appSlices' | 'endpointSlices' | 'users'>> &
  Partial<Pick<Batch, 'opened' | 'closed' | 'beats' | 'unmeasured' | 'ended'>>

export interface BatchWriterOptions {
  /** Fresh for each start of a process. */
  readonly nodeId: string
  /** The store's time. */
  readonly clock: () => number
  readonly spool: Spool
  /** All or none. Idempotent by (nodeId, sequence): a batch whose answer was lost is given again. */
  readonly apply: (batches: readonly Batch[]) => Promise<unknown>
  readonly onError: (error: unknown) => void
  /** The disk does not take batches: what comes stays in memory, as much as there is room for. */
  readonly onDiskError: (error: unknown) => void
  readonly onDrop: (rows: number) => void
  /** Room for the mark of what is lost when the process ends; without it, as much as the disk has left. */
  readonly reserve?: Reserve
  /** An earlier start lost so many batches at its end; their time is marked now. */
  readonly onLostBefore?: (batches: number) => void
  /** How long this node may be silent before it is taken for dead, in milliseconds of its clock; the store's default. */
  readonly silentMs?: number
}

/** Threads report each for itself; what comes within this time leaves as one. */
const PACK_EVERY_MS = 250
const RETRY_MS = 1000
/** Rows a second that the store is asked to write, unless somebody waits: what comes meanwhile is joined. */
const ROWS_A_SECOND = 300
const LONGEST_REST_MS = 10_000
/** While more waits than one transaction takes: a store that was away has caught up before it is rested from. */
const CATCH_UP_REST_MS = 1000
/** As batches count them, before they are joined: what fifty busy apps fill in ten seconds, with room to spare. */
const MOST_ROWS_AT_ONCE = 50_000
/** What is held while the disk takes nothing: some ten minutes of a quiet gateway, seconds of a busy one. */
const MOST_ROWS_IN_MEMORY = 100_000
/** While batches are dropped, that they are is told this often. */
const MARK_EVERY_MS = 10_000

export function createBatchWriter(options: BatchWriterOptions): BatchWriter {
  const { spool } = options
  let sequence = 0
  /** Reports since the last batch. */
  let pending: BatchLists[] = []
  /** Of batches that were dropped: what is small, and what would make figures wrong instead of short. */
  let marks: BatchLists[] = []
  let markedAt = -Infinity
  /** Batches that the disk did not take. */
  const inMemory: Batch[] = []
  let memoryRows = 0
  let packing: Promise<void> | undefined
  let sending: Promise<void> | undefined
  let packedAt = -Infinity
  let restUntil = 0
  let rushing = 0
  let stopped = false
  const resting = new Set<() => void>()

  async function pack(): Promise<void> {
    await pause(packedAt + PACK_EVERY_MS - performance.now())
    packedAt = performance.now()
    const lists = [...marks, ...pending]
    pending = []
    if (lists.length > 0) await keep(nextBatch(lists))
    packing = undefined
    if (pending.length > 0) packing = pack()
  }

  function nextBatch(lists: readonly BatchLists[]): Batch {
    const { nodeId, silentMs } = options
    const batch = joined(lists, nodeId, sequence + 1, options.clock())
    return silentMs === undefined ? batch : { ...batch, silentMs }
  }

  async function keep(batch: Batch): Promise<void> {
    let taken = false
    try {
      taken = await spool.append(batch)
    } catch (error) {
      options.onDiskError(error)
      taken = holdInMemory(batch)
    }
    if (taken) {
      sequence++
      marks = []
      sending ??= send()
    } else await drop(batch)
  }

  function holdInMemory(batch: Batch): boolean {
    const rows = rowsOf(batch)
    if (memoryRows + rows > MOST_ROWS_IN_MEMORY) return false
    inMemory.push(batch)
    memoryRows += rows
    return true
  }

  async function drop(batch: Batch): Promise<void> {
    const lost = lostRows(batch)
    if (lost > 0) options.onDrop(lost)
    const kept = markOf(batch)
    marks = [kept]
    if (performance.now() - markedAt < MARK_EVERY_MS) return
    markedAt = performance.now()
    try {
      if (!(await spool.append(nextBatch([kept]), true))) return
      sequence++
      marks = []
      sending ??= send()
    } catch (error) {
      options.onDiskError(error)
    }
  }

  async function send(): Promise<void> {
    for (;;) {
      await pause(restUntil - performance.now())
      const batches = await next()
      if (batches.length === 0) break
      await applyUntilTaken(batches.map(({ batch }) => batch))
      if (stopped) break
      for (const each of batches) {
        await each.taken().catch(options.onDiskError)
        if (each.batch.lostBatches) options.onLostBefore?.(each.batch.lostBatches)
      }
      const rows = rowsOfAll(batches.map(({ batch }) => batch))
      const longestMs = spool.rows >= MOST_ROWS_AT_ONCE ? CATCH_UP_REST_MS : LONGEST_REST_MS
      restUntil = performance.now() + Math.min(longestMs, (rows * 1000) / ROWS_A_SECOND)
    }
    sending = undefined
  }

  async function next(): Promise<{ batch: Batch; taken: () => Promise<void> }[]> {
    const held = inMemory.map(batch => ({
      batch,
      async taken() {
        inMemory.splice(inMemory.indexOf(batch), 1)
        memoryRows -= rowsOf(batch)
      },
    }))
    if (held.length > 0) return held
    const oldest = await spool.oldest(MOST_ROWS_AT_ONCE)
    return oldest.map((each: Waiting) => ({ batch: each.batch, taken: () => spool.taken(each) }))
  }

  async function applyUntilTaken(batches: readonly Batch[]): Promise<void> {
    for (;;) {
      if (stopped) return
      try {
        await options.apply(batches)
        return
      } catch (error) {
        options.onError(error)
        await new Promise(resolve => setTimeout(resolve, RETRY_MS))
      }
    }
  }

  /** Ends at once when somebody waits for what is on its way. */
  async function pause(ms: number): Promise<void> {
    if (ms <= 0 || rushing > 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    resting.add(resolve)
    const timer = setTimeout(resolve, ms)
    await promise
    clearTimeout(timer)
    resting.delete(resolve)
  }

  function waitingRows(): number {
    return pending.reduce((sum, lists) => sum + rowsOf(joined([lists], '', 0, 0)), spool.rows + memoryRows)
  }

  async function untilSent(): Promise<void> {
    await rush(() => packing ?? sending)
  }

  /** Waits until nothing is busy any more, and lets nothing rest meanwhile. */
  async function rush(busy: () => Promise<void> | undefined): Promise<void> {
    rushing++
    for (const resolve of resting) resolve()
    try {
      for (let task = busy(); task; task = busy()) await task
    } finally {
      rushing--
    }
  }

  /** What is only in memory would go with the process: the disk gets it, or else the mark of what is lost. */
  async function endInMemory(): Promise<LostUsage | undefined> {
    const lost = await writeLast(inMemory.splice(0), options)
    memoryRows = 0
    if (lost.length === 0 && marks.length === 0) return undefined
    const mark = nextBatch([...marks, ...lost.map(markOf)])
    const missed = lost.filter(batch => lostRows(batch) > 0)
    const marked = await leaveMark({ ...mark, lostBatches: missed.length }, options)
    return toldLoss(missed, marked)
  }

  if (spool.rows > 0) sending = send()

  return {
    get waitingRows() {
      return waitingRows()
    },
    add(lists) {
      pending.push(lists)
      packing ??= pack()
    },
    async flush(timeoutMs) {
      if (await within(timeoutMs, untilSent())) return
      throw new Error(`the store did not take ${waitingRows()} rows in ${timeoutMs} ms`)
    },
    async stop(timeoutMs) {
      await within(timeoutMs, untilSent())
      stopped = true
      await rush(() => packing)
      const lost = await endInMemory()
      return { waitingRows: spool.rows, lost }
    },
  }
}

/** False when it takes longer. */
async function within(timeoutMs: number, task: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>(resolve => {
    timer = setTimeout(() => resolve(false), timeoutMs)
  })
  return Promise.race([task.then(() => true), late]).finally(() => clearTimeout(timer))
}

function joined(lists: readonly BatchLists[], nodeId: string, sequence: number, sentAtMs: number): Batch {
  return {
    ...emptyBatch(nodeId, sequence, sentAtMs),
    beats: joinSpans(
      lists.flatMap(({ beats = [] }) => beats),
      LONGEST_BEAT_MS,
    ),
    requests: lists.flatMap(({ requests = [] }) => requests),
    appSlices: lists.flatMap(({ appSlices = [] }) => appSlices),
    endpointSlices: lists.flatMap(({ endpointSlices = [] }) => endpointSlices),
    users: lists.flatMap(({ users = [] }) => users),
    opened: lists.flatMap(({ opened = [] }) => opened),
    closed: lists.flatMap(({ closed = [] }) => closed),
    unmeasured: joinLost(lists.flatMap(({ unmeasured = [] }) => unmeasured)),
    ...(lists.some(({ ended }) => ended) && { ended: true as const }),
  }
}
