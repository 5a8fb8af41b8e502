import { type Credit, creditOwed } from '../../core/availability/credit.ts'
import { countDownTime } from '../../core/availability/exclusions.ts'
import { targetOf } from '../../core/availability/sla-report.ts'
import { type Fraction, fraction } from '../../core/exact/fraction.ts'
import { shortDecimal } from '../../core/exact/decimal.ts'
import { fromMinorUnits } from '../../core/exact/money.ts'
import { type Break, different, visible } from '../../core/evidence/break.ts'
import {
  type EvidenceContent,
  type Proofs,
  type ReadFile,
  readEvidence,
} from '../../core/evidence/read-file.ts'
import { msOf, spanIn } from '../../core/evidence/record.ts'
import { baseOfParts } from '../../core/pricing/sla-base.ts'
import { monthSpan } from '../../core/time/month.ts'
import { type Span, intersection, lengthMs, subtraction, union } from '../../core/time/span.ts'
import { type Claimed, isOwed, judgeUnder } from './claimed.ts'
import { checkOpening } from './check-opening.ts'
import { resultBreaks } from './check-result.ts'
import { type DecidedSlices, slicesAnew } from './check-slices.ts'
import { compareWords } from './compare-words.ts'
import { evidenceWords } from './evidence-words.ts'

/** What whoever checks has from elsewhere. */
export interface Trusted {
  /** The provider's key, base64url of 32 bytes. */
  readonly publicKey?: string | undefined
  /** A head that was kept, hex. */
  readonly head?: string | undefined
  /** What the provider opened of it: JSON. */
  readonly opened?: Uint8Array | undefined
}

export interface EvidenceCheck {
  readonly holds: boolean
  /** In plain words: what holds, by what, and what has to be taken as it is said. */
  readonly says: readonly string[]
  /** What it goes by and cannot prove, in plain words, to be compared with what one knows. */
  readonly compare: readonly string[]
  /** Where it does not hold, ascending by line. */
  readonly breaks: readonly Break[]
  readonly head: string
  readonly publicKey: string
}

/** What a file's month comes to when everything in it is reckoned anew. */
export interface Anew {
  readonly decided: DecidedSlices
  readonly base: Fraction
  /** When a plan was held, within the month. */
  readonly held: readonly Span[]
  readonly down: readonly Span[]
  readonly excluded: readonly Span[]
  readonly downSeconds: string
  /** That would count, had a plan been held. */
  readonly downOutsideSeconds: string
  readonly target: string | undefined
  readonly credit: Credit
  readonly owed: string
  readonly because: readonly string[]
}

/**
 * Checks an evidence file against itself and what is trusted: its chain, its signature, each verdict by the slice rule,
 * the down time, the credit to the cent. It runs in a browser as it does here, and never throws for what a file says.
 */
export async function checkEvidence(
  file: Uint8Array,
  proofs: Proofs,
  trusted: Trusted = {},
): Promise<EvidenceCheck> {
  const read = await readEvidence(file, proofs)
  const breaks = [...read.breaks, ...trustBreaks(read, trusted)]
  const anew = read.content && reckonAnew(read.content)
  if (anew) breaks.push(...anew.breaks)
  // What is opened of a file that does not hold would prove nothing.
  const opened =
    trusted.opened && read.content && breaks.length === 0
      ? await checkOpening(trusted.opened, read.content, read.head, proofs.hash)
      : undefined
  breaks.push(...(opened?.breaks ?? []))
  breaks.sort((a, b) => a.line - b.line)
  if (breaks.length > 0 || read.content === undefined || anew?.value === undefined) {
    return { ...ofWhich(read), holds: false, says: [], compare: [], breaks: breaks.map(printable) }
  }
  const says = [...evidenceWords(read, read.content, anew.value, trusted), ...(opened?.says ?? [])]
  const compare = compareWords(read.content, anew.value)
  return { ...ofWhich(read), holds: true, says: says.map(visible), compare: compare.map(visible), breaks }
}

function ofWhich({ head, publicKey }: ReadFile): Pick<EvidenceCheck, 'head' | 'publicKey'> {
  return { head, publicKey }
}

function printable({ line, field, expected, found }: Break): Break {
  return { line, field: visible(field), expected: visible(expected), found: visible(found) }
}

function trustBreaks({ records, head, heads, publicKey }: ReadFile, trusted: Trusted): Break[] {
  const breaks: Break[] = []
  const line = records + 1
  if (trusted.publicKey !== undefined && trusted.publicKey !== publicKey) {
    breaks.push({ line, field: 'publicKey', expected: `${trusted.publicKey} (--key)`, found: publicKey })
  }
  if (trusted.head !== undefined && !heads.includes(trusted.head)) {
    const expected = `${trusted.head} (--head), here or as the head before this month`
    breaks.push({ line, field: 'head', expected, found: head })
  }
  return breaks
}

interface Reckoned {
  readonly value: Anew | undefined
  readonly breaks: readonly Break[]
}

function reckonAnew(content: EvidenceContent): Reckoned {
  const { header } = content
  if (!isTimezone(header.timezone)) {
    return broken(header.line, 'timezone', 'a time zone that this program knows', header.timezone)
  }
  const timezone = header.sla.form === 'none' ? 'UTC' : header.sla.timezone
  if (timezone !== header.timezone) return broken(header.line, 'timezone', timezone, header.timezone)
  const decided = slicesAnew(content)
  if (decided.value === undefined) return { value: undefined, breaks: decided.breaks }
  const value = resultAnew(content, decided.value)
  return { value, breaks: [...decided.breaks, ...claimBreaks(content), ...resultBreaks(content, value)] }
}

function resultAnew(content: EvidenceContent, decided: DecidedSlices): Anew {
  const { header } = content
  const { sla, month, timezone, currency } = header
  const claims = content.claims.map(claimIn)
  const base = baseOfParts({
    base: sla.form === 'none' ? 'recurring' : sla.base,
    month,
    lines: header.base.lines,
    annual: header.base.annual.map(({ name, fee, ...held }) => ({ name, fee, ...spanIn(held) })),
  })
  const held = intersection(header.held.map(spanIn), [monthSpan(month, timezone)])
  const outages = union(decided.outages)
  const count = (spans: readonly Span[]) =>
    countDownTime({ ...decided, outages: spans, noticeHours: header.maintenanceNoticeHours })
  const counted = count(intersection(outages, held))
  const outside = lengthMs(count(subtraction(outages, held)).down)
  const down = fraction(lengthMs(counted.down), 1000)
  const credit = creditOwed({
    sla,
    base,
    billing: 'monthly',
    downSeconds: down,
    month,
    timezone,
    minorDigits: currency.minorDigits,
  })
  return {
    decided,
    base,
    held,
    down: counted.down,
    excluded: counted.excluded,
    downSeconds: shortDecimal(down, 3),
    downOutsideSeconds: shortDecimal(fraction(outside, 1000), 3),
    target: targetOf(sla),
    credit,
    owed: isOwed(sla, month, claims) ? credit.amount : fromMinorUnits(0n, currency.minorDigits),
    because: [...counted.because, ...credit.because],
  }
}

function claimIn(claim: EvidenceContent['claims'][number]): Claimed {
  const { incidentStart, incidentEnd, claimed, accepted } = claim
  return {
    accepted,
    incidentStartMs: incidentStart === null ? undefined : msOf(incidentStart),
    incidentEndMs: msOf(incidentEnd),
    claimedMs: msOf(claimed),
  }
}

/** A provider may accept a claim that was late, and not refuse one that was in time. */
function claimBreaks({ header, claims }: EvidenceContent): Break[] {
  return claims.flatMap(claim => {
    const inTime = judgeUnder(header.sla, claimIn(claim))?.accepted ?? false
    return different(claim.line, 'accepted', inTime || claim.accepted, claim.accepted)
  })
}

function broken(line: number, field: string, expected: string, found: string): Reckoned {
  return { value: undefined, breaks: [{ line, field, expected, found }] }
}

function isTimezone(name: string): boolean {
  try {
    monthSpan('2026-01', name)
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}
