import { randomUUID } from 'node:crypto'
import { isoInstant } from '../../core/time/instant.ts'
import type { TestClock } from '../../core/time/test-clock.ts'
import type { Store } from '../../store/open-store.ts'
import { NODE_SILENT_MS } from '../../store/nodes.ts'
import { applyBatches } from '../../store/recording.ts'
import { readStoreClock } from '../../store/store-clock.ts'
import { createBatchWriter } from './batch-writer.ts'
import type { LostUsage } from './last-batches.ts'
import { type Heard, createNodeBeats } from './node-beats.ts'
import type { Report } from './recorder.ts'
import { openReserve } from './reserve.ts'
import { openSpool } from './spool.ts'
import { createClockOffset } from './store-clock-offset.ts'
import { createThreadConnections } from './thread-connections.ts'

/** The recording of this process: what the threads report, the node's beats, and the way of both into the store. */
export interface Recording {
  /** One 32-bit number for the threads: what to add to this machine's clock to have the store's, in milliseconds. */
  readonly storeOffset: SharedArrayBuffer
  readonly figures: RecordingFigures
  add(thread: number, report: Report): void
  /** A gateway thread that listens has gone round: the node beats while all of them do. */
  heard(thread: number, heard: Heard): void
  /** Its connections have ended with it. */
  threadEnded(thread: number): void
  /** Resolves when everything added so far is in the store; rejects if the store does not take it in time. */
  flush(timeoutMs: number): Promise<void>
  /**
   * The last beat, the last batch; what the store does not take in time waits on disk for the next start. What the
   * disk does not take either is lost: the log says so, and its time is marked as far as the disk takes a mark.
   */
  stop(timeoutMs: number): Promise<void>
}

/** For the metrics. */
export interface RecordingFigures {
  readonly waitingRows: number
  readonly spoolBytes: number
  readonly clockOffsetMs: number
  readonly clockErrorMs: number
}

export interface RecordingParts {
  readonly store: Store
  /** Where batches wait on disk. */
  readonly spoolDirectory: string
  readonly spoolBytes: number
  readonly clock: () => number
  /** The clock that `clock` shows, if it is a test's. */
  readonly testClock: TestClock | undefined
  readonly log: RecordingLog
  readonly onDropped: (batches: number) => void
  readonly onDiskError: () => void
  /** How many gateway threads there are when all run. */
  readonly threads: () => number
}

interface RecordingLog {
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

const MEASURE_CLOCK_MS = 60_000
const LOOK_FOR_STEP_MS = 500
/** More than any clock is slewed by in that time, and than a busy thread is late between two readings. */
const STEP_MS = 200

/** Rejects if the spool cannot be read. A store that is away delays nothing but what waits for it. */
export async function startRecording(parts: RecordingParts): Promise<Recording> {
  const { store, clock, log } = parts
  const nodeId = `node_${randomUUID()}`
  const shared = new Int32Array(new SharedArrayBuffer(4))
  // The store's clock is a real one: it is compared with the real one here, and a test's clock stretches the difference.
  const offset = createClockOffset(() => readStoreClock(store.db), Date.now)
  const speed = parts.testClock?.speed ?? 1
  const storeClock = () => clock() + shared[0]!
  const connections = createThreadConnections()
  const nodeBeats = createNodeBeats(parts.threads)
  const onDiskError = (error: unknown) => {
    log.error({ err: error }, 'the disk does not take usage: it stays in memory, and is lost if that is full')
    parts.onDiskError()
  }
  const spool = await openSpool({
    directory: parts.spoolDirectory,
    maxBytes: parts.spoolBytes,
    nodeId,
    startedMs: clock(),
    onLost: facts => log.warn(facts, 'usage on disk could not be read: the rest of its file is cut off'),
    onSyncError: onDiskError,
  })
  const writer = createBatchWriter({
    nodeId,
    clock: storeClock,
    spool,
    apply: batches => applyBatches(store.db, batches),
    onError: error => log.error({ err: error }, 'the store did not take a batch: trying again'),
    onDiskError,
    onDrop(rows) {
      log.error({ rows }, 'usage was dropped: too much waits for the store; its time is marked as unmeasured')
      parts.onDropped(1)
    },
    reserve: await openReserve(`${parts.spoolDirectory}.reserve`, onDiskError),
    onLostBefore(batches) {
      log.error({ batches }, 'usage was lost when Weir last ended: its time is marked as unmeasured')
      parts.onDropped(batches)
    },
    silentMs: NODE_SILENT_MS * speed,
  })

  async function measureClock(): Promise<void> {
    try {
      await offset.measure()
      Atomics.store(shared, 0, Math.round(offset.offsetMs * speed))
    } catch (error) {
      log.warn({ err: error }, 'the store’s clock cannot be read: what was measured last holds on')
    }
  }

  await measureClock()
  const measuring = setInterval(() => void measureClock(), MEASURE_CLOCK_MS)
  const stopLooking = onClockStep(() => void measureClock())

  return {
    storeOffset: shared.buffer,
    get figures() {
      const { offsetMs: clockOffsetMs, errorMs: clockErrorMs } = offset
      return { waitingRows: writer.waitingRows, spoolBytes: spool.bytes, clockOffsetMs, clockErrorMs }
    },
    add(thread, report) {
      connections.note(thread, report)
      writer.add(report)
    },
    heard(thread, heard) {
      const beats = nodeBeats.heard(thread, heard)
      if (beats.length > 0) writer.add({ beats })
    },
    threadEnded(thread) {
      const atMs = storeClock()
      writer.add({ closed: connections.take(thread).map(id => ({ id, atMs })) })
    },
    flush: timeoutMs => writer.flush(timeoutMs),
    async stop(timeoutMs) {
      clearInterval(measuring)
      stopLooking()
      writer.add({ beats: nodeBeats.rest(), ended: true })
      const { waitingRows: rows, lost } = await writer.stop(timeoutMs)
      await spool.close()
      if (rows > 0) log.warn({ rows }, 'the store is away: usage waits on disk for the next start')
      if (lost) tellLoss(lost, parts)
    },
  }
}

/** Calls back when this machine's clock was set: until the store's is read again, every instant would be wrong by that. */
function onClockStep(stepped: () => void): () => void {
  const apart = () => Date.now() - performance.now()
  let before = apart()
  const looking = setInterval(() => {
    const now = apart()
    if (Math.abs(now - before) >= STEP_MS) stepped()
    before = now
  }, LOOK_FOR_STEP_MS)
  return () => clearInterval(looking)
}

/** A marked loss is counted by the next start: nobody reads this process's metrics any more. */
function tellLoss({ marked, fromMs, toMs, ...figures }: LostUsage, { log, onDropped }: RecordingParts): void {
  const facts = { ...figures, from: isoInstant(fromMs), to: isoInstant(toMs) }
  const reason = 'usage is lost: neither the store nor the disk took it'
  if (marked) {
    log.error(facts, `${reason}; its time waits on disk to be marked as unmeasured by the next start`)
    return
  }
  log.error(
    facts,
    `${reason}, nor a mark of its time: the figures of that time are short, and nothing says so`,
  )
  onDropped(figures.batches)
}
