import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Contracts } from '../control-plane/api/contracts.ts'
import type { Agreements } from '../control-plane/invoicing/agreement.ts'
import { waysOf } from '../control-plane/api/status-subscriptions.ts'
import type { Mails } from '../control-plane/channels/mail.ts'
import { exportStatus } from '../control-plane/status/export-status.ts'
import { keepStatus } from '../control-plane/status/kept-status.ts'
import { startWriteLoop } from '../control-plane/status/write-loop.ts'
import { readEvidenceHeads } from '../control-plane/status/read-events.ts'
import { readStatus } from '../control-plane/status/read-status.ts'
import { startBoard } from '../control-plane/status/status-board.ts'
import type { EvidenceSigner } from '../control-plane/availability/evidence-file.ts'
import type { UsageReader } from '../control-plane/usage/usage-questions.ts'
import type { Store } from '../store/open-store.ts'
import type { ServeSettings } from './settings.ts'
import { version } from './version.ts'

interface StatusParts {
  readonly store: Store
  readonly usage: UsageReader
  readonly contracts: Contracts
  readonly agreements: Agreements
  readonly clock: () => number
  readonly log: Logger
  readonly mails: Mails
  readonly evidenceKey: Pick<EvidenceSigner, 'publicKey'>
}

/** The status page of a node with a control plane, and its copy in files where one is asked for. */
export function startStatus(settings: ServeSettings, parts: StatusParts) {
  const { store, usage, contracts, agreements, clock, log } = parts
  const source = { db: store.db, usage, contract: () => contracts.inForce().contract, agreements }
  const boards = { clock, realClock: () => performance.now(), log }
  const status = startBoard({ ...boards, read: moment => readStatus(source, moment) })
  const evidence = startBoard({ ...boards, read: ({ nowMs }) => readEvidenceHeads(store.db, nowMs) })
  // The first who asks finds it there, also when the store goes away before.
  void status.current()
  void evidence.current()
  const loops = startWriting(settings, { ...parts, status, evidence })
  return {
    boards: { status, evidence },
    async stop() {
      for (const loop of loops) await loop.stop()
      await status.stop()
      await evidence.stop()
    },
  }
}

/** Beside the keys: what a start shows while its database is away. */
export const KEPT_STATUS_FILE = 'last-status'
const KEEP_EVERY_MS = 60_000

/** The copy in files where one is asked for; and what is kept for a start without the database, where that is elsewhere. */
function startWriting(
  settings: ServeSettings,
  parts: Pick<StatusParts, 'log' | 'mails' | 'evidenceKey'> & ReturnType<typeof startStatus>['boards'],
) {
  const { statusExport: dir, statusExportEverySeconds, publicUrl, data, databaseUrl } = settings
  const { log, mails, evidenceKey, status, evidence } = parts
  const { publicKey } = evidenceKey
  const loops = []
  if (dir !== undefined) {
    loops.push(
      startWriteLoop({
        what: 'the copy of the status page',
        to: dir,
        everyMs: statusExportEverySeconds * 1000,
        status,
        evidence,
        log,
        write: (shown, heads) =>
          exportStatus(dir, shown, {
            publicUrl,
            ways: waysOf({ publicUrl, mails }),
            evidence: { heads, publicKey },
          }),
      }),
    )
  }
  if (databaseUrl !== undefined) {
    const file = join(data, KEPT_STATUS_FILE)
    loops.push(
      startWriteLoop({
        what: 'what the status page shows without the database',
        to: file,
        everyMs: KEEP_EVERY_MS,
        status,
        evidence,
        log,
        write: (shown, heads) => keepStatus(file, version, { status: shown, evidence: heads, publicKey }),
      }),
    )
  }
  return loops
}
