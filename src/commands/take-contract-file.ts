import type { Logger } from 'pino'
import type { Contracts } from '../control-plane/api/contracts.ts'
import { formatMistake } from '../core/contract/mistake.ts'
import { type LoadedContract, loadContractFile } from '../store/contract-file.ts'
import { contractInForce, lastContractFromFile } from '../store/contracts.ts'
import type { Store } from '../store/open-store.ts'
import { serialized } from '../store/serialized.ts'
import { UsageError } from './usage-error.ts'

/**
 * Makes the contract in `file` the one in force, as a new version if it reads differently. A version that came
 * over the API stands as long as the file is the one that it replaced: a restart takes nothing back.
 * Throws UsageError with every mistake of the file, or with what stands in its way.
 */
export async function takeContractFile(
  file: string,
  parts: { store: Store; contracts: Contracts; clock: () => number; log: Logger },
): Promise<void> {
  const { store, contracts, clock, log } = parts
  const { text, documents, result } = load(file)
  if (!result.ok) throw new UsageError(result.mistakes.map(formatMistake).join('\n'))
  const taken = await serialized(store.db, async trx => {
    const inForce = await contractInForce(trx)
    const last = await lastContractFromFile(trx)
    const unchanged = last?.yaml === text && JSON.stringify(last.documents) === JSON.stringify(documents)
    if (unchanged && inForce?.source === 'api') return { kind: 'stands', version: inForce.version } as const
    return contracts.take(trx, { yaml: text, documents, source: 'file', file }, clock())
  })
  if (taken.kind === 'stands') {
    await contracts.refresh()
    log.warn({ file, version: taken.version }, 'a newer contract was set over the API and stands')
    return
  }
  if (taken.kind === 'mistakes') throw new UsageError(taken.mistakes.map(formatMistake).join('\n'))
  if (taken.kind === 'obstacles')
    throw new UsageError(`${file} cannot hold yet.\n${taken.obstacles.join('\n')}`)
  contracts.hold(taken.inForce)
  if (taken.kind === 'taken') log.info({ file, version: taken.inForce.version }, 'contract loaded')
}

function load(file: string): LoadedContract {
  try {
    return loadContractFile(file)
  } catch (error) {
    throw new UsageError(`the contract cannot be read: ${(error as Error).message}`)
  }
}
