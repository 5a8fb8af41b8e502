import { fileURLToPath } from 'node:url'
import type { Contract } from '../../core/contract/contract.ts'
import { type Mistake, formatMistake } from '../../core/contract/mistake.ts'
import { readContract } from '../../core/contract/read-contract.ts'
import { loadContractFile } from '../../store/contract-file.ts'

/** Where the contract is: a file, or its text with the OpenAPI documents it names. */
export type ContractOption =
  | { readonly file: string | URL }
  | { readonly text: string; readonly documents?: Readonly<Record<string, string>> }

/** The contract cannot be kept as it is written. */
export class ContractError extends Error {
  /** All of them, in the order of the file. */
  readonly mistakes: readonly Mistake[]

  constructor(mistakes: readonly Mistake[]) {
    super(mistakes.map(formatMistake).join('\n'))
    this.name = 'ContractError'
    this.mistakes = mistakes
  }
}

/** Throws a ContractError with every mistake, or an Error that says why the file cannot be read. */
export function readContractOption(option: ContractOption): Contract {
  const result = read(option)
  if (!result.ok) throw new ContractError(result.mistakes)
  return result.contract
}

function read(option: ContractOption) {
  const given: Readonly<Record<string, unknown>> = { ...option }
  if ('file' in option && (typeof given['file'] === 'string' || option.file instanceof URL)) {
    return loadContractFile(option.file instanceof URL ? fileURLToPath(option.file) : option.file).result
  }
  if ('text' in option && typeof given['text'] === 'string') {
    const { text, documents = {} } = option
    return readContract(text, 'contract.yaml', name =>
      Object.hasOwn(documents, name) ? documents[name] : undefined,
    )
  }
  throw new TypeError("contract: expected { file: 'contract.yaml' } or { text: 'weir: 1 …' }")
}
