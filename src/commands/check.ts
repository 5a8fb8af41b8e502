import { describeContract } from '../core/contract/describe-contract.ts'
import { formatMistake } from '../core/contract/mistake.ts'
import { type LoadedContract, loadContractFile } from '../store/contract-file.ts'

export interface CheckOutput {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

/**
 * `weir check FILE`: says in plain words what a contract promises, or what is wrong with it, one line a
 * mistake. Returns the exit status: 0 for a good contract, 1 for any other.
 */
export function runCheck(file: string, io: CheckOutput): number {
  const loaded = tryLoad(file)
  if ('failure' in loaded) {
    io.err(`${file} cannot be checked: ${loaded.failure}\n`)
    return 1
  }
  const { result } = loaded
  if (result.ok) {
    io.out(describeContract(result.contract))
    return 0
  }
  for (const mistake of result.mistakes) io.err(`${formatMistake(mistake)}\n`)
  const count = result.mistakes.length
  io.err(`${count} ${count === 1 ? 'mistake' : 'mistakes'}\n`)
  return 1
}

function tryLoad(file: string): LoadedContract | { readonly failure: string } {
  try {
    return loadContractFile(file)
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) }
  }
}
