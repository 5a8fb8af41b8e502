import type { Kysely, Transaction } from 'kysely'
import {
  HoldLostError,
  type JobRun,
  endRun,
  forgetOtherRuns,
  holdRun,
  keepHolding,
  releaseRun,
  unfinishedPeriods,
} from '../../store/job-runs.ts'
import type { Schema } from '../../store/schema.ts'
import { serialized } from '../../store/serialized.ts'

/** Work that comes round. For each of its periods it is done once, whichever node does it and whatever dies in it. */
export interface Job {
  readonly name: string
  /** What is due at `nowMs`, oldest first; what is finished may be among it. */
  periods(db: Kysely<Schema>, nowMs: number): readonly string[] | Promise<readonly string[]>
  /** Does the work of a period in steps. After a crash it begins anew, on any node: each step looks for what is left. */
  run(period: string, step: Step): Promise<void>
  /** True for periods that nobody asks for again, such as minutes: only the last finished run is remembered. */
  readonly forgetful?: boolean
}

/**
 * One transaction of a job. It fails, and leaves no trace, if another node has taken the work over meanwhile, or if this
 * node ends. It may be tried again: what it does outside of `trx` would be done twice.
 */
export type Step = <T>(verb: (trx: Transaction<Schema>, nowMs: number) => Promise<T>) => Promise<T>

export interface JobRunner {
  /** Does all that is due; resolves when nothing is left to this node. */
  runDue(): Promise<void>
  /** Resolves when the step that runs has ended; nothing begins after. What is left of its job is let go of. */
  stop(): Promise<void>
}

export interface JobRunnerOptions {
  readonly db: Kysely<Schema>
  readonly jobs: readonly Job[]
  /** Of this process: two nodes never have the same. */
  readonly nodeId: string
  /** What is due goes by this clock, which tests may set. */
  readonly clock: () => number
  /** Whether a node is alive goes by this one. */
  readonly realClock: () => number
  readonly log: { warn(facts: object, message: string): void; error(facts: object, message: string): void }
  /** Longer than any step takes: a node that is silent for so long is taken for dead. */
  readonly holdMs?: number
}

const HOLD_MS = 60_000
/** How often work is looked for. */
const POLL_MS = 1000
/** A job that failed is tried again after this long. */
const AGAIN_MS = 60_000

/** Looks for work every second until it is stopped. */
export function startJobRunner(options: JobRunnerOptions): JobRunner {
  let stopped = false
  let running: Promise<void> | undefined
  const runDue = async () => (running ??= runAll(options, () => stopped).finally(() => (running = undefined)))
  const timer = setInterval(() => void runDue(), POLL_MS)
  return {
    runDue,
    async stop() {
      stopped = true
      clearInterval(timer)
      await running
    },
  }
}

async function runAll(options: JobRunnerOptions, stopped: () => boolean): Promise<void> {
  for (const job of options.jobs) {
    try {
      const due = await job.periods(options.db, options.clock())
      for (const period of await unfinishedPeriods(options.db, job.name, due)) {
        if (stopped()) return
        await runOnce(job, period, options, stopped)
      }
    } catch (error) {
      options.log.error({ err: error, job: job.name }, 'what a job has to do could not be found out')
    }
  }
}

async function runOnce(
  job: Job,
  period: string,
  options: JobRunnerOptions,
  stopped: () => boolean,
): Promise<void> {
  const { db, nodeId, clock, realClock, log, holdMs = HOLD_MS } = options
  const run: JobRun = { job: job.name, period }
  const held = await serialized(db, async trx => {
    const nowMs = realClock()
    return holdRun(trx, run, { holder: nodeId, nowMs, heldUntilMs: nowMs + holdMs })
  })
  if (!held) return
  const step: Step = async verb => {
    if (stopped()) {
      await releaseRun(db, run, nodeId)
      throw new HoldLostError(job.name, period)
    }
    return serialized(db, async trx => {
      await keepHolding(trx, run, nodeId, realClock() + holdMs)
      return verb(trx, clock())
    })
  }
  try {
    await job.run(period, step)
    await endRun(db, run, nodeId, { finishedMs: clock() })
    if (job.forgetful) await forgetOtherRuns(db, run)
  } catch (error) {
    if (error instanceof HoldLostError) {
      if (!stopped()) log.warn({ job: job.name, period }, error.message)
      return
    }
    log.error({ err: error, job: job.name, period }, 'a job failed and will be tried again')
    await endRun(db, run, nodeId, { error: String(error), againMs: realClock() + AGAIN_MS })
  }
}
