import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { deserialize, serialize } from 'node:v8'
import type { EvidenceHead } from '../../store/evidence.ts'
import type { Shown, ShownStatus } from './status-board.ts'

/** What the status page showed last, as it lies on the disk for a start without the store. */
export interface KeptStatus {
  readonly status: ShownStatus
  readonly evidence: Shown<readonly EvidenceHead[]>
  /** Ed25519, base64url */
  readonly publicKey: string
}

interface File extends KeptStatus {
  /** The version of Weir that wrote it: another one may mean something else by the same names. */
  readonly weir: string
}

/** Only one process writes there, the one that holds the directory: what it left in the middle it writes over. */
export async function keepStatus(file: string, weir: string, kept: KeptStatus): Promise<void> {
  await writeFile(`${file}.new`, serialize({ weir, ...kept } satisfies File), { mode: 0o600 })
  await rename(`${file}.new`, file)
}

/** Undefined when nothing was kept. Throws an Error in words for people when it cannot be read. */
export function readKeptStatus(file: string, weir: string): KeptStatus | undefined {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const kept = fileOf(bytes)
  if (kept?.weir === weir) return kept
  const found = kept === undefined ? 'is damaged' : `was written by Weir ${kept.weir}`
  throw new Error(
    `${file} ${found}, so the status page cannot be shown from it; it is written anew once Weir runs`,
  )
}

function fileOf(bytes: Uint8Array): File | undefined {
  try {
    const value: unknown = deserialize(bytes)
    return typeof value === 'object' && value !== null && 'weir' in value ? (value as File) : undefined
  } catch {
    // What v8 throws of bytes that are none of its own says nothing that a person could use.
    return undefined
  }
}
