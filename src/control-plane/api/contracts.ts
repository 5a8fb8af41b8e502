import type { Kysely } from 'kysely'
import type { Contract } from '../../core/contract/contract.ts'
import type { Mistake } from '../../core/contract/mistake.ts'
import { readContract } from '../../core/contract/read-contract.ts'
import {
  addContractVersion,
  type ContractVersion,
  contractInForce,
  contractVersionInForce,
} from '../../store/contracts.ts'
import type { Store } from '../../store/open-store.ts'
import type { Schema } from '../../store/schema.ts'
import { obstaclesTo } from './contract-obstacles.ts'
import { startOfNextMonth } from './instants.ts'

export interface ContractInForce extends ContractVersion {
  readonly contract: Contract
}

interface ProposedContract {
  readonly yaml: string
  /** Name to text of the OpenAPI files; what is missing is taken from the version in force. */
  readonly documents?: Readonly<Record<string, string>> | undefined
  readonly source: 'file' | 'api'
  /** For the sentences that name mistakes; `contract.yaml` if left out. */
  readonly file?: string | undefined
  /** Prices, SLA and support hold from here; the next UTC month if left out. */
  readonly pricesFromMs?: number | undefined
}

export type TakenContract =
  | { readonly kind: 'taken' | 'unchanged'; readonly inForce: ContractInForce }
  | { readonly kind: 'mistakes'; readonly mistakes: readonly Mistake[] }
  | { readonly kind: 'obstacles'; readonly obstacles: readonly string[] }

/** The contract in force, kept parsed, and the only way to a new version. */
export interface Contracts {
  /** Throws before the first version. */
  inForce(): ContractInForce
  /** What `take` would say, without taking it. */
  check(db: Kysely<Schema>, proposed: ProposedContract, nowMs: number): Promise<CheckedContract>
  /** Writes a version in the caller's transaction; it holds in this process after `hold`. */
  take(db: Kysely<Schema>, proposed: ProposedContract, nowMs: number): Promise<TakenContract>
  /** Makes a committed version the one in force here. */
  hold(inForce: ContractInForce): void
  /**
   * Takes over the version that another node has put into the store; true if there was one. In a transaction,
   * given as `db`, what is decided then meets any version that is being taken at the same time.
   */
  refresh(db?: Kysely<Schema>): Promise<boolean>
}

type CheckedContract =
  | { readonly ok: true; readonly contract: Contract; readonly documents: Record<string, string> }
  | { readonly ok: false; readonly mistakes: readonly Mistake[]; readonly obstacles: readonly string[] }

export async function openContracts({ store }: { store: Store }): Promise<Contracts> {
  let current: ContractInForce | undefined
  const contracts: Contracts = {
    inForce() {
      if (current === undefined)
        throw new Error('No contract is loaded yet; start with `weir serve --contract FILE`.')
      return current
    },
    async check(db, proposed, nowMs) {
      return check(db, await contractInForce(db), proposed, nowMs)
    },
    async take(db, proposed, nowMs) {
      return take(db, proposed, nowMs)
    },
    hold(inForce) {
      if (current === undefined || inForce.version >= current.version) current = inForce
    },
    async refresh(db = store.db) {
      // Its number first: a version can have megabytes, and this is asked several times a second.
      if ((await contractVersionInForce(db)) === (current?.version ?? 0)) return false
      const stored = await contractInForce(db)
      if (stored === undefined || stored.version <= (current?.version ?? 0)) return false
      current = { ...stored, contract: reread(stored) }
      return true
    },
  }
  await contracts.refresh()
  return contracts
}

async function check(
  db: Kysely<Schema>,
  stored: ContractVersion | undefined,
  proposed: ProposedContract,
  nowMs: number,
): Promise<CheckedContract> {
  const documents: Record<string, string> = {}
  const known = { ...stored?.documents, ...proposed.documents }
  const result = readContract(proposed.yaml, proposed.file ?? 'contract.yaml', name => {
    const text = Object.hasOwn(known, name) ? known[name] : undefined
    if (text !== undefined) documents[name] = text
    return text
  })
  if (!result.ok) return { ok: false, mistakes: result.mistakes, obstacles: [] }
  const obstacles = await obstaclesTo(db, result.contract, nowMs)
  if (obstacles.length > 0) return { ok: false, mistakes: [], obstacles }
  return { ok: true, contract: result.contract, documents }
}

async function take(db: Kysely<Schema>, proposed: ProposedContract, nowMs: number): Promise<TakenContract> {
  const stored = await contractInForce(db)
  const checked = await check(db, stored, proposed, nowMs)
  if (!checked.ok) {
    const { mistakes, obstacles } = checked
    return mistakes.length > 0 ? { kind: 'mistakes', mistakes } : { kind: 'obstacles', obstacles }
  }
  const { contract, documents } = checked
  const pricesFromMs = proposed.pricesFromMs ?? (stored === undefined ? nowMs : startOfNextMonth(nowMs))
  if (stored !== undefined && isSame(stored, proposed, documents)) {
    return { kind: 'unchanged', inForce: { ...stored, contract } }
  }
  const { yaml, source } = proposed
  const added = await addContractVersion(db, { yaml, documents, source, loadedMs: nowMs, pricesFromMs })
  return { kind: 'taken', inForce: { ...added, contract } }
}

function isSame(
  stored: ContractVersion,
  proposed: ProposedContract,
  documents: Readonly<Record<string, string>>,
): boolean {
  if (stored.yaml !== proposed.yaml) return false
  if (proposed.pricesFromMs !== undefined && proposed.pricesFromMs !== stored.pricesFromMs) return false
  const names = Object.keys(documents)
  return (
    names.length === Object.keys(stored.documents).length &&
    names.every(name => stored.documents[name] === documents[name])
  )
}

/** A stored version was once read without a mistake, so this fails only when Weir itself has changed. */
function reread(stored: ContractVersion): Contract {
  const name = `contract version ${stored.version}`
  const result = readContract(stored.yaml, name, document => stored.documents[document])
  if (result.ok) return result.contract
  const first = result.mistakes[0]
  throw new Error(
    `${name} in the store can no longer be read: line ${first?.line ?? 0}: ${first?.message ?? ''}. ` +
      'Load a corrected contract with `weir serve --contract FILE`.',
  )
}
