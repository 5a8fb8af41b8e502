import type { Job } from './job-runner.ts'

const HOUR_MS = 3_600_000
/** Well below what a node may be silent for before another one takes its work over. */
const SHOW_EVERY_MS = 15_000

export const BACKUP_JOB = 'backup'

export interface BackupJobOptions {
  readonly everyHours: number
  /** Makes a whole backup, or throws and leaves the ones that are there. */
  readonly write: (nowMs: number) => Promise<void>
  /** Removes those that are too old; runs only after a new one is whole. */
  readonly prune: () => void
}

/** A backup every so many hours, counted from 1970 in UTC: 24 is midnight. One of all nodes makes it. */
export function backupJob({ everyHours, write, prune }: BackupJobOptions): Job {
  const everyMs = everyHours * HOUR_MS
  return {
    name: BACKUP_JOB,
    forgetful: true,
    periods: (_db, nowMs) => [new Date(Math.floor(nowMs / everyMs) * everyMs).toISOString()],
    async run(_period, step) {
      const nowMs = await step(async (_trx, atMs) => atMs)
      const holding = keepHolding(() => step(async () => undefined))
      try {
        await write(nowMs)
      } finally {
        await holding.stop()
      }
      await step(async () => undefined)
      prune()
    },
  }
}

/** A backup takes as long as it takes: meanwhile this node shows that it is alive. */
function keepHolding(show: () => Promise<void>): { stop(): Promise<void> } {
  let failure: Error | undefined
  let showing = Promise.resolve()
  const timer = setInterval(() => {
    showing = showing.then(show).catch((error: Error) => void (failure ??= error))
  }, SHOW_EVERY_MS)
  return {
    async stop() {
      clearInterval(timer)
      await showing
      if (failure) throw failure
    },
  }
}
