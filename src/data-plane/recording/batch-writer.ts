import type { Batch } from '../../store/recording.ts'
import type { Report } from './recorder.ts'

/** Turns reports into numbered batches and gives each to the store until it has taken it. */
export interface BatchWriter {
  add(report: Report): void
  /** Resolves when everything added so far is in the store; rejects if the store does not take it in time. */
  flush(timeoutMs: number): Promise<void>
  /** Rows that wait for the store. */
  readonly waitingRows: number
  /** Reports thrown away because too much was waiting already. */
  readonly dropped: number
}

/** Some ten minutes of a busy gateway whose store is away; then the newest reports are dropped and counted. */
const MOST_WAITING_ROWS = 500_000
const RETRY_MS = 1000

export function createBatchWriter(options: {
  /** Fresh for each start of a process. */
  readonly nodeId: string
  readonly clock: () => number
  /** Idempotent by (nodeId, sequence): a batch whose answer was lost is given again. */
  readonly apply: (batch: Batch) => Promise<unknown>
  readonly onError: (error: unknown) => void
  readonly onDrop: (rows: number) => void
}): BatchWriter {
  let sequence = 0
  let waiting: Report[] = []
  let waitingRows = 0
  let dropped = 0
  let writing: Promise<void> | undefined

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const reports = waiting
      const batch = batchOf(reports, options.nodeId, ++sequence, options.clock())
      waiting = []
      await applyUntilTaken(batch)
      waitingRows -= reports.reduce((sum, report) => sum + rowsOf(report), 0)
    }
    writing = undefined
  }

  async function applyUntilTaken(batch: Batch): Promise<void> {
    for (;;) {
      try {
        await options.apply(batch)
        return
      } catch (error) {
        options.onError(error)
        await new Promise(resolve => setTimeout(resolve, RETRY_MS))
      }
    }
  }

  return {
    get waitingRows() {
      return waitingRows
    },
    get dropped() {
      return dropped
    },
    add(report) {
      const rows = rowsOf(report)
      if (rows === 0) return
      if (waitingRows + rows > MOST_WAITING_ROWS) {
        dropped++
        options.onDrop(rows)
        return
      }
      waiting.push(report)
      waitingRows += rows
      writing ??= writeAll()
    },
    async flush(timeoutMs) {
      if (!writing) return
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new Error(`the store did not take ${waitingRows} rows in ${timeoutMs} ms`)),
          timeoutMs,
        )
      })
      await Promise.race([writing, late]).finally(() => clearTimeout(timer))
    },
  }
}

function batchOf(reports: readonly Report[], nodeId: string, sequence: number, sentAtMs: number): Batch {
  return {
    nodeId,
    sequence,
    sentAtMs,
    requests: reports.flatMap(({ requests }) => requests),
    users: reports.flatMap(({ users }) => users),
    opened: reports.flatMap(({ opened }) => opened),
    closed: reports.flatMap(({ closed }) => closed),
  }
}

function rowsOf({ requests, users, opened, closed }: Report): number {
  return requests.length + users.length + opened.length + closed.length
}
