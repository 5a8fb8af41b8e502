import { type Break, shown } from './break.ts'
import type { JsonObject } from './canonical-json.ts'
import { type Hash, NO_HEAD, chainBreaks, readLine } from './chain.ts'
import {
  type ClaimRecord,
  type DayRecord,
  type EvidenceRecord,
  type ExclusionRecord,
  type HeaderRecord,
  type LeadRecord,
  type MaintenanceRecord,
  type ResultRecord,
  evidenceRecord,
} from './record.ts'
import { type VerifySignature, signatureBreaks } from './signature.ts'

/** A record and its line, from 1. */
export type At<Kind> = Kind & { readonly line: number }

/** What a file says, sorted; nothing of it is reckoned anew yet. */
export interface EvidenceContent {
  readonly header: At<HeaderRecord>
  readonly maintenance: readonly At<MaintenanceRecord>[]
  readonly exclusions: readonly At<ExclusionRecord>[]
  readonly claims: readonly At<ClaimRecord>[]
  /** In the order of the file. */
  readonly measured: readonly At<LeadRecord | DayRecord>[]
  readonly result: At<ResultRecord>
}

export interface ReadFile {
  /** Records in the chain, without the signature. */
  readonly records: number
  readonly breaks: readonly Break[]
  readonly head: string
  readonly publicKey: string
  /** The head that stands before the first record, and each record's own. */
  readonly heads: readonly string[]
  /** undefined when the file cannot be understood. */
  readonly content: EvidenceContent | undefined
}

export interface Proofs {
  /** SHA-256 */
  readonly hash: Hash
  /** Ed25519 */
  readonly verify: VerifySignature
}

/** Reads a file and follows its chain up to the signature. Nothing in it is believed, and nothing makes this throw. */
export async function readEvidence(bytes: Uint8Array, { hash, verify }: Proofs): Promise<ReadFile> {
  const text = textIn(bytes)
  if (text === undefined) return unreadable([{ ...WHOLE, expected: 'UTF-8', found: 'other bytes' }])
  const lines = text.split('\n')
  const ending = lines.pop()
  if (ending !== '' || lines.length < 2) {
    const expected = 'lines of JSON, each ended by one line feed'
    return unreadable([{ line: lines.length + 1, field: 'the line', expected, found: shown(ending) }])
  }
  const read = lines.map((line, index) => readLine(line, index + 1))
  const breaks = read.flatMap(({ broken }) => broken ?? [])
  const values = read.map(({ value }) => value).filter(value => value !== undefined)
  if (values.length < lines.length) return unreadable(breaks)
  const records = values.slice(0, -1)
  const last = values.at(-1)!
  breaks.push(...(await chainBreaks(records, hash)))
  const head = textOr(records.at(-1)?.['hash'], NO_HEAD)
  breaks.push(...(await signatureBreaks({ value: last, line: lines.length, head }, verify)))
  const understood = contentOf(records)
  return {
    records: records.length,
    breaks: [...breaks, ...understood.breaks],
    head,
    publicKey: textOr(last['publicKey'], ''),
    heads: [
      textOr(records[0]?.['previous'], NO_HEAD),
      ...records.map(record => textOr(record['hash'], NO_HEAD)),
    ],
    content: understood.content,
  }
}

const WHOLE = { line: 1, field: 'the file' } as const

function unreadable(breaks: readonly Break[]): ReadFile {
  return { records: 0, breaks, head: NO_HEAD, publicKey: '', heads: [], content: undefined }
}

function textIn(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

function textOr(value: unknown, other: string): string {
  return typeof value === 'string' ? value : other
}

interface Understood {
  readonly content: EvidenceContent | undefined
  readonly breaks: readonly Break[]
}

function contentOf(values: readonly JsonObject[]): Understood {
  const breaks: Break[] = []
  const records: At<EvidenceRecord>[] = []
  for (const [index, value] of values.entries()) {
    const line = index + 1
    const parsed = evidenceRecord.safeParse(value)
    if (parsed.success) records.push({ ...parsed.data, line })
    else breaks.push(...parsed.error.issues.map(issue => misshapen(issue, value, line)))
  }
  if (breaks.length > 0) return { content: undefined, breaks }
  const [header] = records
  const result = records.at(-1)
  if (header?.kind !== 'header') return outOfPlace(1, 'header', header?.kind)
  if (result?.kind !== 'result') return outOfPlace(records.length, 'result', result?.kind)
  const between = records.slice(1, -1)
  const second = between.find(({ kind }) => kind === 'header' || kind === 'result')
  if (second) return outOfPlace(second.line, 'one header and one result', second.kind)
  const of = <Kind extends EvidenceRecord['kind']>(...kinds: readonly Kind[]) =>
    between.filter((each): each is At<Extract<EvidenceRecord, { kind: Kind }>> =>
      (kinds as readonly string[]).includes(each.kind),
    )
  const content = {
    header,
    maintenance: of('maintenance'),
    exclusions: of('exclusion'),
    claims: of('claim'),
    measured: of('lead', 'day'),
    result,
  }
  return { content, breaks: [] }
}

function outOfPlace(line: number, expected: string, found: string | undefined): Understood {
  return { content: undefined, breaks: [{ line, field: 'kind', expected, found: found ?? 'nothing' }] }
}

function misshapen(
  issue: { readonly path: readonly PropertyKey[]; readonly message: string },
  value: JsonObject,
  line: number,
): Break {
  const { path, message } = issue
  let found: unknown = value
  for (const key of path) found = (found as Record<PropertyKey, unknown> | undefined)?.[key]
  const expected = message.replace(/^Invalid input: expected (.+), received .+$/, '$1')
  return { line, field: path.join('.') || 'the line', expected, found: shown(found) }
}
