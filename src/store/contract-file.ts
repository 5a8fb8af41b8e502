import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'

import { readContract, type ReadContract } from '../core/contract/read-contract.ts'

/** A contract as it stands on disk, with the documents beside it: together they are one version. */
export interface LoadedContract {
  readonly text: string
  /** File name, as the contract gives it, to its text. */
  readonly documents: Readonly<Record<string, string>>
  readonly result: ReadContract
}

/** What readContract accepts, and a little more, so that its own message about the size is the one shown. */
const MAX_CONTRACT_FILE_BYTES = 2 * 1024 * 1024
const MAX_DOCUMENT_FILE_BYTES = 33 * 1024 * 1024

/**
 * Reads a contract and the OpenAPI documents it names. Mistakes in it are in `result`; what keeps the file
 * itself from being read is thrown, as an Error with a message for people.
 */
export function loadContractFile(file: string): LoadedContract {
  const text = readTextFile(file, MAX_CONTRACT_FILE_BYTES)
  const documents: Record<string, string> = {}
  const result = readContract(text, file, name => {
    const document = readBeside(file, name)
    if (document !== undefined) documents[name] = document
    return document
  })
  return { text, documents, result }
}

/** Only files that really lie beside the contract: a link that leads out of its folder is no such file. */
function readBeside(file: string, name: string): string | undefined {
  const path = join(dirname(file), name)
  if (!existsSync(path)) return undefined
  const folder = realpathSync(dirname(file))
  const real = realpathSync(path)
  if (!real.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return undefined
  return statSync(real).isFile() ? readTextFile(real, MAX_DOCUMENT_FILE_BYTES) : undefined
}

/** The size is looked at before anything is read, so that a wrong path never fills the memory. */
function readTextFile(file: string, maxBytes: number): string {
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) throw new Error(`there is no file ${file}`)
  if (!stats.isFile()) throw new Error(`${file} is not a file`)
  if (stats.size > maxBytes) {
    throw new Error(`${basename(file)} is larger than ${maxBytes / 1024 / 1024} MiB; that is no contract`)
  }
  const bytes = readFileSync(file)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new Error(`${file} is not UTF-8 text`, { cause })
  }
}
