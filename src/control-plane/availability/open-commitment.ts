import type { Kysely } from 'kysely'
import { commitmentTo } from '../../core/evidence/commitment.ts'
import type { Opening } from '../../core/evidence/opening.ts'
import { unpackCounts } from '../../core/evidence/pack-counts.ts'
import { type DayRecord, dayRecord, headerRecord } from '../../core/evidence/record.ts'
import { findEvidence, findTotals } from '../../store/evidence.ts'
import type { Schema } from '../../store/schema.ts'
import type { EvidenceSigner } from './evidence-file.ts'
import { daySalt, monthSecret } from './evidence-salts.ts'
import { decidedByAll, unpackTotals } from './evidence-totals.ts'
import { sha256 } from './sha256.ts'

export interface DayToOpen {
  readonly organizationId: string
  readonly month: string
  readonly app: string
  /** In the timezone of the month's SLA. */
  readonly date: string
}

/** Why a day cannot be opened, in words for people. `isMissing`: there is no such file or day. */
export interface NotOpened {
  readonly isMissing: boolean
  readonly why: string
}

/**
 * What a day's commitment was made to: salt and totals as they were when the month closed, whatever came since. It
 * tells what all apps together were asked in those slices of that day, and nothing of others.
 */
export async function openCommitment(
  db: Kysely<Schema>,
  signer: Pick<EvidenceSigner, 'saltOf'>,
  { organizationId, month, app, date }: DayToOpen,
): Promise<Opening | NotOpened> {
  const evidence = await findEvidence(db, organizationId, month)
  if (evidence === undefined) return missing(`There is no evidence of ${month}.`)
  const lines = new TextDecoder().decode(evidence.file).split('\n')
  const { slices } = headerRecord.parse(JSON.parse(lines[0]!))
  const { day, first } = findDay(lines, app, date)
  if (day === undefined) return missing(`The evidence of ${month} has no day ${date} of ${app}.`)
  if (day.commitment === null || evidence.totalsId === undefined) {
    return refused(`All apps together decided nothing of ${app} on ${date}: there is nothing to open.`)
  }
  const stored = await findTotals(db, evidence.totalsId)
  if (stored === undefined) throw new Error(`the totals ${evidence.totalsId} of evidence are gone`)
  const all = unpackTotals(stored, slices.count)
  const ofDay = (counts: Uint32Array) => counts.subarray(first, first + day.count)
  const verdicts = unpackCounts(day.verdicts, day.count)
  const totals = decidedByAll(verdicts, { valid: ofDay(all.valid), failed: ofDay(all.failed) })
  const salt = daySalt(monthSecret(signer, { organizationId, month }), app, date)
  if ((await commitmentTo({ salt, app, date, totals }, sha256)) !== day.commitment) {
    return refused(
      `The evidence of ${month} was made with another key than this Weir has. Start it with the one of then: its ` +
        'public key is in the last line of the file.',
    )
  }
  const { head } = evidence
  return { kind: 'opening', organization: organizationId, month, app, date, head, salt, totals }
}

/** The day's record, and its first slice in the month. */
function findDay(lines: readonly string[], app: string, date: string) {
  let first = 0
  const named = `"app":${JSON.stringify(app)}`
  for (const line of lines) {
    // Records are wide: only those of the app are read.
    if (!line.includes(named) || !line.includes('"kind":"day"')) continue
    const day = dayRecord.parse(JSON.parse(line))
    if (day.app !== app) continue
    if (day.date === date) return { day, first }
    first += day.count
  }
  return { day: undefined as DayRecord | undefined, first }
}

function missing(why: string): NotOpened {
  return { isMissing: true, why }
}

function refused(why: string): NotOpened {
  return { isMissing: false, why }
}
