import type { Logger } from 'pino'
import type { Contracts } from '../control-plane/api/contracts.ts'
import type { Agreements } from '../control-plane/invoicing/agreement.ts'
import { waysOf } from '../control-plane/api/status-subscriptions.ts'
import type { Mails } from '../control-plane/channels/mail.ts'
import { startExportLoop } from '../control-plane/status/export-loop.ts'
import { readEvidenceHeads } from '../control-plane/status/read-events.ts'
import { readStatus } from '../control-plane/status/read-status.ts'
import { startBoard } from '../control-plane/status/status-board.ts'
import type { EvidenceSigner } from '../control-plane/availability/evidence-file.ts'
import type { UsageReader } from '../control-plane/usage/usage-questions.ts'
import type { Store } from '../store/open-store.ts'
import type { ServeSettings } from './settings.ts'

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
  const { store, usage, contracts, agreements, clock, log, mails, evidenceKey } = parts
  const source = { db: store.db, usage, contract: () => contracts.inForce().contract, agreements }
  const boards = { clock, realClock: () => performance.now(), log }
  const status = startBoard({ ...boards, read: moment => readStatus(source, moment) })
  const evidence = startBoard({ ...boards, read: ({ nowMs }) => readEvidenceHeads(store.db, nowMs) })
  // The first who asks finds it there, also when the store goes away before.
  void status.current()
  void evidence.current()
  const { statusExport: dir, statusExportEverySeconds, publicUrl } = settings
  const everyMs = statusExportEverySeconds * 1000
  const loop =
    dir === undefined
      ? undefined
      : startExportLoop({
          dir,
          everyMs,
          publicUrl,
          board: status,
          evidenceBoard: evidence,
          publicKey: evidenceKey.publicKey,
          log,
          ways: waysOf({ publicUrl, mails }),
        })
  return {
    boards: { status, evidence },
    async stop() {
      await loop?.stop()
      await status.stop()
      await evidence.stop()
    },
  }
}
