import { ControlError, type ToldResult } from './control.ts'

/** Takes results to the control plane in batches, and keeps them while it is away. */
export interface Reporter {
  add(result: ToldResult): void
  /** Tries once more to send what waits; resolves when that has worked or failed. */
  stop(): Promise<void>
}

export interface ReporterParts {
  readonly report: (results: readonly ToldResult[]) => Promise<void>
  readonly log: {
    info(facts: object, message: string): void
    warn(facts: object, message: string): void
    error(facts: object, message: string): void
  }
  /** More than wait are dropped, the oldest first. */
  readonly mostKept?: number
  /** From a result to its batch, and the shortest pause after a failure. */
  readonly pauseMs?: number
}

/** A batch of five probes a second for more than half an hour; some two MiB. */
const MOST_KEPT = 10_000
/** As many as the control plane takes at once. */
const MOST_AT_ONCE = 500
/** Incidents open by what probes say, so results wait no longer than a gateway's. */
const PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 30_000

export function createReporter(parts: ReporterParts): Reporter {
  const { report, log, mostKept = MOST_KEPT, pauseMs = PAUSE_MS } = parts
  let waiting: ToldResult[] = []
  let failures = 0
  let dropped = 0
  let timer: NodeJS.Timeout | undefined = undefined
  let sending: Promise<void> | undefined = undefined
  let stopped = false

  function keep(results: readonly ToldResult[]): void {
    waiting = results.length <= mostKept ? [...results] : results.slice(-mostKept)
    const over = results.length - waiting.length
    if (over > 0 && dropped === 0) {
      log.warn({ kept: mostKept }, 'too many results wait for the control plane: the oldest are dropped')
    }
    dropped += over
  }

  function plan(): void {
    if (timer !== undefined || sending !== undefined || stopped || waiting.length === 0) return
    const wait = Math.min(LONGEST_PAUSE_MS, pauseMs * 2 ** Math.min(failures, 10))
    timer = setTimeout(() => {
      timer = undefined
      sending = sendAll().finally(() => {
        sending = undefined
        plan()
      })
    }, wait)
  }

  /** Batch after batch, until nothing waits or one fails. */
  async function sendAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, MOST_AT_ONCE)
      try {
        await report(batch)
        succeeded()
      } catch (error) {
        if (!(error instanceof ControlError)) throw error
        if (error.kind !== 'refused') return failed(error, batch)
        refused(error, batch)
      }
    }
  }

  function succeeded(): void {
    if (failures > 0) log.info({ dropped }, 'the control plane takes results again')
    failures = 0
    dropped = 0
  }

  function failed(error: ControlError, batch: readonly ToldResult[]): void {
    if (failures === 0) {
      const { message, kind } = error
      const facts = { error: message, waiting: batch.length + waiting.length }
      if (kind === 'away') log.warn(facts, 'the control plane cannot be reached: results wait')
      else
        log.error(facts, 'the control plane does not know this token for this place any more: results wait')
    }
    failures++
    keep([...batch, ...waiting])
  }

  /** Such as those of a probe that a newer contract does not have: what is right goes again. */
  function refused(error: ControlError, batch: readonly ToldResult[]): void {
    const right = error.wrong.length === 0 ? [] : batch.filter((_, i) => !error.wrong.includes(i))
    const facts = { error: error.message, results: batch.length - right.length }
    log.error(facts, 'the control plane refused results: they are dropped')
    waiting = [...right, ...waiting]
  }

  return {
    add(result) {
      keep([...waiting, result])
      plan()
    },
    async stop() {
      stopped = true
      clearTimeout(timer)
      await (sending ?? sendAll())
      if (waiting.length > 0) log.warn({ results: waiting.length }, 'the probe ends before they were taken')
    },
  }
}
