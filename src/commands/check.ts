import type { Contract } from '../core/contract/contract.ts'
import { describeContract } from '../core/contract/describe-contract.ts'
import { contractChanges } from '../core/contract/diff/contract-changes.ts'
import { describeChanges } from '../core/contract/diff/describe-changes.ts'
import { formatMistake } from '../core/contract/mistake.ts'
import { type LoadedContract, loadContractFile } from '../store/contract-file.ts'

export interface CheckOutput {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

export interface CheckSettings {
  /** A contract to compare with: then what changes for whom is said instead. */
  readonly against?: string | undefined
  /** With `against`: the changes as JSON. */
  readonly json?: boolean | undefined
}

/**
 * `weir check FILE`: says in plain words what a contract promises, or with `--against` what changes for whom; or what
 * is wrong with it, one line a mistake. Returns the exit status: 0 for good contracts, changed or not, 1 for any other.
 */
export function runCheck(
  file: string,
  io: CheckOutput,
  { against, json = false }: CheckSettings = {},
): number {
  if (json && against === undefined) {
    io.err('weir check: --json says the changes, so it goes with --against FILE\n')
    return 1
  }
  const before = against === undefined ? undefined : readChecked(against, io)
  const after = readChecked(file, io)
  if (after === undefined || (against !== undefined && before === undefined)) return 1
  if (before === undefined) {
    io.out(describeContract(after))
    return 0
  }
  const changes = contractChanges(before, after)
  io.out(json ? `${JSON.stringify({ changes }, null, 2)}\n` : describeChanges(changes))
  return 0
}

/** undefined when it has mistakes: each of them was said. */
export function readChecked(file: string, io: CheckOutput): Contract | undefined {
  const loaded = tryLoad(file)
  if ('failure' in loaded) {
    io.err(`${file} cannot be checked: ${loaded.failure}\n`)
    return undefined
  }
  const { result } = loaded
  if (result.ok) return result.contract
  for (const mistake of result.mistakes) io.err(`${formatMistake(mistake)}\n`)
  const count = result.mistakes.length
  io.err(`${count} ${count === 1 ? 'mistake' : 'mistakes'}\n`)
  return undefined
}

function tryLoad(file: string): LoadedContract | { readonly failure: string } {
  try {
    return loadContractFile(file)
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) }
  }
}
