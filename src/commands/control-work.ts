import type { Logger } from 'pino'
import type { ControlDeps } from '../control-plane/api/deps.ts'
import { type ChannelOptions, startChannels } from '../control-plane/channels/start-channels.ts'
import type { EvidenceKey } from '../identity/evidence-key.ts'
import { releaseDeliveries } from '../store/deliveries.ts'
import { releaseRuns } from '../store/job-runs.ts'
import { type JobParts, startJobs } from './jobs.ts'
import type { ServeSettings } from './settings.ts'
import { startBudgets } from './start-budgets.ts'
import { startStatus } from './start-status.ts'
import { version } from './version.ts'

interface WorkParts extends Omit<JobParts, 'mails' | 'budgets' | 'publicUrl' | 'testClock'> {
  readonly evidenceKey: EvidenceKey
  readonly log: Logger
  /** Takes what ends a part, as soon as that part runs: the last is ended first. */
  readonly onClose: (close: () => Promise<void>) => void
}

export interface ControlWork extends Pick<ControlDeps, 'mails' | 'status' | 'evidence'> {
  /** To be awaited before metrics are shown. */
  readonly readStoreMetrics: () => Promise<void>
}

/** Starts what a node with a control plane does of itself: deliveries, the status page, budgets and jobs. */
export async function startControlWork(settings: ServeSettings, parts: WorkParts): Promise<ControlWork> {
  const { onClose, ...known } = parts
  const { store } = known
  // A file is this process's alone: whoever held a delivery or a job before is dead.
  if (settings.databaseUrl === undefined) {
    await releaseDeliveries(store.db)
    await releaseRuns(store.db)
  }
  const channels = startChannels(channelOptions(settings, known))
  onClose(() => channels.stop())
  const { mails } = channels
  const status = startStatus(settings, { ...known, mails })
  onClose(() => status.stop())
  const { budgets, readStoreMetrics } = startBudgets({ ...known, db: store.db })
  const { testClock, publicUrl } = settings
  const jobs = startJobs(settings, { ...known, mails, testClock, publicUrl, budgets })
  onClose(() => jobs.stop())
  return { mails, ...status.boards, readStoreMetrics }
}

function channelOptions(
  settings: ServeSettings,
  { store, sealer, registry, clock, log }: Pick<WorkParts, 'store' | 'sealer' | 'registry' | 'clock' | 'log'>,
): ChannelOptions {
  const { allowPrivateWebhooks: allowPrivate, smtpUrl, mailFrom, alertMail: alertAddresses } = settings
  const mail = { smtpUrl, mailFrom, alertAddresses, publicUrl: settings.publicUrl }
  return { sealer, registry, clock, log, ...mail, db: store.db, realClock: Date.now, version, allowPrivate }
}
