import { readFileSync } from 'node:fs'
import { type EvidenceCheck, checkEvidence } from '../control-plane/availability/check-evidence.ts'
import { COMPARE_WORDS } from '../control-plane/availability/compare-words.ts'
import { webProofs } from '../core/evidence/web-proofs.ts'
import type { Output } from './migrate.ts'

export interface VerifySettings {
  /** The provider's public key, base64url. */
  readonly key?: string | undefined
  /** A head that was kept, hex. */
  readonly head?: string | undefined
  /** A file that the provider made of a day's commitment. */
  readonly opened?: string | undefined
  readonly json?: boolean | undefined
}

/**
 * `weir verify FILE`: reckons an evidence file anew, offline, and says what holds, or where it breaks. Resolves to the
 * exit status: 0 when all of it holds.
 */
export async function runVerify(
  file: string,
  { key, head, opened: openedFile, json = false }: VerifySettings,
  io: Output,
): Promise<number> {
  const [bytes, opened] = [tryRead(file), openedFile === undefined ? undefined : tryRead(openedFile)]
  if (typeof bytes === 'string' || typeof opened === 'string') {
    const [unread, why] = typeof bytes === 'string' ? [file, bytes] : [openedFile, opened]
    io.err(`${unread} cannot be read: ${String(why)}\n`)
    return 1
  }
  const check = await checkEvidence(bytes, webProofs(crypto.subtle), {
    publicKey: key,
    head: head?.toLowerCase(),
    opened,
  })
  if (json) io.out(`${JSON.stringify(check, null, 2)}\n`)
  else if (check.holds) io.out(held(file, check))
  else io.err(broken(file, check))
  return check.holds ? 0 : 1
}

function held(file: string, { says, compare }: EvidenceCheck): string {
  const told = (lines: readonly string[]) => lines.map(each => `  ${each}\n`).join('')
  return `${file} holds.\n${told(says)}${COMPARE_WORDS}\n${told(compare)}`
}

/** Where more than so many places are broken, the first tell enough. */
const MOST_TOLD = 20

function broken(file: string, { breaks }: EvidenceCheck): string {
  const told = breaks
    .slice(0, MOST_TOLD)
    .map(
      ({ line, field, expected, found }) =>
        `  line ${line}, ${field}\n    expected ${expected}\n    found    ${found}\n`,
    )
  const more = breaks.length - told.length
  return `${file} does not hold.\n${told.join('')}${more > 0 ? `  and ${more} more\n` : ''}`
}

function tryRead(file: string): Uint8Array | string {
  try {
    return readFileSync(file)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
