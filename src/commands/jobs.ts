import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { Gauge, type Registry } from 'prom-client'
import { type JobDeps, allJobs } from '../control-plane/jobs/all-jobs.ts'
import { BACKUP_JOB, backupJob } from '../control-plane/jobs/backup-job.ts'
import { type Job, type JobRunner, startJobRunner } from '../control-plane/jobs/job-runner.ts'
import { pruneBackups, writeBackup } from '../store/backups/write-backup.ts'
import { lastFinishedMs } from '../store/job-runs.ts'
import type { ServeSettings } from './settings.ts'
import { storePlace } from './store-place.ts'
import { version } from './version.ts'

export interface JobParts extends JobDeps {
  readonly registry: Registry
  readonly log: Logger
}

/** Starts what comes round by itself on a node with a control plane. */
export function startJobs(settings: ServeSettings, parts: JobParts): JobRunner {
  const { store, registry, clock, log } = parts
  if (settings.backupTo !== undefined) addBackupMetric(registry, () => lastFinishedMs(store.db, BACKUP_JOB))
  const nodeId = `control_${randomUUID()}`
  log.info({ node: nodeId }, 'this node does jobs')
  return startJobRunner({
    db: store.db,
    jobs: [...allJobs(parts), ...scheduledBackups(settings, log)],
    nodeId,
    clock,
    realClock: Date.now,
    log,
  })
}

function scheduledBackups(settings: ServeSettings, log: Logger): Job[] {
  return settings.backupTo === undefined ? [] : [backups(settings, settings.backupTo, log)]
}

function backups(settings: ServeSettings, to: string, log: Logger): Job {
  const { backupEveryHours: everyHours, backupKeep: keep } = settings
  const place = storePlace(settings)
  return backupJob({
    everyHours,
    async write(nowMs) {
      const { folder, manifest } = await writeBackup({ place, to, version, nowMs, scheduled: true })
      log.info({ folder, bytes: manifest.bytes }, 'a backup was made')
    },
    prune() {
      const removed = pruneBackups(to, keep)
      if (removed.length > 0) log.info({ removed }, 'old backups were removed')
    },
  })
}

/** `lastMs` comes from the store, so the figure is the same on every node, whichever of them made the backup. */
export function addBackupMetric(registry: Registry, lastMs: () => Promise<number | undefined>): void {
  let last: number | undefined
  registry.registerMetric(
    new Gauge({
      name: 'weir_last_backup_seconds',
      help: 'When the last scheduled backup was whole, in Unix seconds; 0 before the first.',
      registers: [],
      async collect() {
        // While the store is away the last answer stands, as that of its other figures.
        last = await lastMs().catch(() => last)
        this.set((last ?? 0) / 1000)
      },
    }),
  )
}
