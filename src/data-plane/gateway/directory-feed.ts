import type { Kysely } from 'kysely'
import type { Contract } from '../../core/contract/contract.ts'
import { formatMistake } from '../../core/contract/mistake.ts'
import { readContract } from '../../core/contract/read-contract.ts'
import { type Sealer, appSecretContext } from '../../identity/sealing.ts'
import { contractInForce, contractVersionInForce } from '../../store/contracts.ts'
import { type DirectoryApp, readDirectory } from '../../store/directory.ts'
import type { Schema } from '../../store/schema.ts'
import type { AppRecord, DirectoryUpdate } from '../decide/app-directory.ts'

/** Reads from the store what has changed since it was last asked. */
export interface DirectoryFeed {
  /**
   * A contract, if another version has come into force, and the apps that read differently now: changed in
   * the store, or come into another plan as time went by.
   */
  changed(): Promise<DirectoryUpdate>
}

export function createDirectoryFeed(options: {
  readonly db: Kysely<Schema>
  readonly sealer: Sealer
  readonly clock: () => number
}): DirectoryFeed {
  let version = 0
  let revision = 0
  /** Apps whose plan or terms will change at a known instant. */
  const waiting = new Map<string, { app: DirectoryApp; dueMs: number }>()

  return {
    async changed() {
      const nowMs = options.clock()
      const contract = await readNewContract(options.db, version)
      const directory = await readDirectory(options.db, revision)
      const changed = new Map<string, DirectoryApp>()
      for (const { app, dueMs } of waiting.values()) if (dueMs <= nowMs) changed.set(app.id, app)
      for (const app of directory.apps) changed.set(app.id, app)
      const records = [...changed.values()].map(app => recordOf(app, options.sealer, nowMs))
      // Only now, so that a failure above leaves everything to be asked for again.
      if (contract) version = contract.version
      revision = directory.revision
      for (const app of changed.values()) {
        const dueMs = nextChange(app, nowMs)
        if (dueMs === undefined) waiting.delete(app.id)
        else waiting.set(app.id, { app, dueMs })
      }
      return { contract: contract?.contract, apps: records }
    },
  }
}

async function readNewContract(
  db: Kysely<Schema>,
  known: number,
): Promise<{ version: number; contract: Contract } | undefined> {
  if ((await contractVersionInForce(db)) === known) return undefined
  const stored = await contractInForce(db)
  if (!stored) return undefined
  const name = `contract version ${stored.version}`
  const result = readContract(stored.yaml, name, document => stored.documents[document])
  if (result.ok) return { version: stored.version, contract: result.contract }
  // It had no mistake when it was taken, so it was taken by a Weir that knows more than this one.
  throw new Error(`${name} cannot be read: ${result.mistakes.map(formatMistake).join('; ')}`)
}

function recordOf(app: DirectoryApp, sealer: Sealer, nowMs: number): AppRecord {
  return {
    id: app.id,
    organizationId: app.organizationId,
    name: app.name,
    suspended: app.suspended,
    keyHashes: app.keyHashes,
    secret: sealer.open(app.sealedSecret, appSecretContext(app.id)),
    plan: app.plans.findLast(({ fromMs }) => fromMs <= nowMs)?.plan ?? '',
    terms: app.terms.findLast(({ fromMs }) => fromMs <= nowMs)?.terms ?? {},
    limits: app.limits,
    forProbes: app.forProbes,
  }
}

/** When another plan or other terms begin; undefined: never, as far as is known. */
function nextChange({ plans, terms }: DirectoryApp, nowMs: number): number | undefined {
  const later = [...plans, ...terms].map(({ fromMs }) => fromMs).filter(fromMs => fromMs > nowMs)
  return later.length === 0 ? undefined : Math.min(...later)
}
