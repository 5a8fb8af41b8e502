import { openContracts } from '../control-plane/api/contracts.ts'
import { createAgreements } from '../control-plane/invoicing/agreement.ts'
import { exportStatus } from '../control-plane/status/export-status.ts'
import { readEvidenceHeads, signedBy } from '../control-plane/status/read-events.ts'
import { readStatus } from '../control-plane/status/read-status.ts'
import { noWays } from '../control-plane/status/subscribe-part.ts'
import { headlines } from '../control-plane/status/status-words.ts'
import { directUsageReader } from '../control-plane/usage/usage-questions.ts'
import { readStore } from '../store/open-store.ts'
import type { Output } from './migrate.ts'
import { type StoreSettings, storePlace } from './store-place.ts'
import { isBug } from './usage-error.ts'

export interface StatusCommandSettings extends StoreSettings {
  readonly export: string
  readonly publicUrl?: string
}

/** `weir status --export DIR`: the status page as files, read beside a running Weir or without one. */
export async function runStatus(settings: StatusCommandSettings, out: Output): Promise<number> {
  try {
    const { facts, ...evidence } = await readStore(storePlace(settings), async db => {
      const contracts = await openContracts({ store: { db, close: async () => undefined } })
      const contract = () => contracts.inForce().contract
      const source = { db, usage: directUsageReader(db), contract, agreements: createAgreements() }
      // Nothing is known of how long the store was there: that no node beats says nothing then.
      const nowMs = Date.now()
      const read = await readStatus(source, { nowMs, isSteady: false })
      const heads = { facts: await readEvidenceHeads(db, nowMs), asOfMs: nowMs, isStale: false }
      return { facts: read, heads, publicKey: await signedBy(db) }
    })
    const { export: dir, publicUrl } = settings
    const files = await exportStatus(
      dir,
      { facts, asOfMs: facts.asOfMs, isStale: false },
      { publicUrl, evidence, ways: noWays },
    )
    out.out(`${headlines[facts.state]}.\n${files.length} files in ${dir}; open ${dir}/index.html\n`)
    return 0
  } catch (error) {
    if (isBug(error)) throw error
    out.err(`weir status: ${(error as Error).message}\n`)
    return 1
  }
}
