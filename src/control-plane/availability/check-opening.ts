import { verdictOf } from '../../core/availability/judge-slices.ts'
import { createSliceJudge } from '../../core/availability/slice-rule.ts'
import { counted } from '../../core/contract/plain-words.ts'
import { type Break, different } from '../../core/evidence/break.ts'
import type { Hash } from '../../core/evidence/chain.ts'
import { type Opening, commitmentBreaks, readOpening } from '../../core/evidence/opening.ts'
import { unpackCounts } from '../../core/evidence/pack-counts.ts'
import type { At, EvidenceContent } from '../../core/evidence/read-file.ts'
import type { DayRecord } from '../../core/evidence/record.ts'

export interface OpeningCheck {
  readonly says: readonly string[]
  /** Lines are those of the evidence file. */
  readonly breaks: readonly Break[]
}

/**
 * Checks what a provider opened against a file that holds by itself: the commitment is to these totals, they are of
 * exactly the slices that all apps decided on that day, and the rule gives those verdicts for them.
 */
export async function checkOpening(
  bytes: Uint8Array,
  content: EvidenceContent,
  head: string,
  hash: Hash,
): Promise<OpeningCheck> {
  const { value, breaks } = readOpening(bytes)
  if (value === undefined) return { says: [], breaks }
  const { header } = content
  const other = [
    ...different(header.line, 'opening, organization', header.organization, value.organization),
    ...different(header.line, 'opening, month', header.month, value.month),
    ...different(header.line, 'opening, head', head, value.head),
  ]
  if (other.length > 0) return { says: [], breaks: other }
  const day = content.measured.find(
    (record): record is At<DayRecord> =>
      record.kind === 'day' && record.app === value.app && record.date === value.date,
  )
  if (day === undefined) {
    const expected = 'a day of an app that is in the file'
    const found = `${value.app}, ${value.date}`
    return { says: [], breaks: [{ line: 1, field: 'opening, date', expected, found }] }
  }
  const found = [...(await commitmentBreaks(day, value, hash)), ...verdictBreaks(header.rule, day, value)]
  return { says: found.length > 0 ? [] : [words(value)], breaks: found }
}

function verdictBreaks(
  rule: EvidenceContent['header']['rule'],
  day: At<DayRecord>,
  { totals }: Opening,
): Break[] {
  const { line } = day
  const judge = createSliceJudge(rule)
  const given = new Map(totals.map(([slice, valid, failed]) => [slice, judge(valid, failed)]))
  const breaks: Break[] = []
  for (const [slice, byte] of unpackCounts(day.verdicts, day.count).entries()) {
    const { decider, state } = verdictOf(byte)
    const wanted = decider === 'all-apps' ? state : undefined
    if (given.get(slice) === wanted) continue
    const expected = wanted === undefined ? 'no totals' : `totals that are ${wanted}`
    breaks.push({ line, field: `opening, slice ${slice}`, expected, found: given.get(slice) ?? 'none' })
  }
  return breaks
}

function words({ app, date, totals }: Opening): string {
  return (
    `Opened: ${counted(totals.length, 'slice')} of ${app} on ${date} that all apps together decided. Their totals are ` +
    'those that the file committed to when it was signed, and the slice rule gives the same verdicts for them.'
  )
}
