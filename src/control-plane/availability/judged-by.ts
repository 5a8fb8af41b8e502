import { type Hash, createHash } from 'node:crypto'
import type { MonthDownTime } from '../../core/availability/month-down-time.ts'
import { type Fraction, fraction } from '../../core/exact/fraction.ts'
import type { Span } from '../../core/time/span.ts'
import type { SlicePiece } from '../../store/slices.ts'
import type { OrganizationFacts, PlatformTime } from './read-time.ts'

/** All that a month's down time is made of: `judgeFacts` and `monthDownTime` see nothing else. */
export interface MonthInputs {
  readonly month: string
  readonly timezone: string
  readonly held: readonly Span[]
  readonly facts: OrganizationFacts
  readonly platform: PlatformTime
}

/** Of what is kept; raise it when that changes. */
const FORM = 2

/**
 * A fingerprint (SHA-256, hex) of what a month is judged by: two that are the same come to the same. Slices go in as they
 * are stored, so that what has not been packed yet looks like a change, and costs no more than judging once more.
 */
export function inputsOf({ month, timezone, held, facts, platform }: MonthInputs): string {
  const hash = createHash('sha256')
  const { apps, maintenance, exclusions } = facts
  const spans = held.map(({ startMs, endMs }) => [startMs, endMs])
  say(hash, [FORM, month, timezone, spans, platformInputs(platform), maintenance, exclusions])
  for (const { appId, sinceMs, slices, lost } of apps) {
    say(hash, [appId, sinceMs, lost, slices.length])
    for (const { atMs, seconds, counts, valid, failed } of slices.toSorted(byPlace)) {
      say(hash, [atMs, seconds, valid, failed, counts?.length ?? null])
      if (counts !== null) hash.update(counts)
    }
  }
  return hash.digest('hex')
}

/** No text holds a line's end, so no two lists of them read alike. */
function say(hash: Hash, words: readonly unknown[]): void {
  hash.update(`${JSON.stringify(words)}\n`)
}

function byPlace(one: SlicePiece, other: SlicePiece): number {
  const order = one.atMs - other.atMs || one.seconds - other.seconds
  return order || Number(one.counts === null) - Number(other.counts === null)
}

/** The same for all organizations that are judged beside each other. */
const known = new WeakMap<PlatformTime, string>()

function platformInputs(platform: PlatformTime): string {
  const found = known.get(platform)
  if (found !== undefined) return found
  const { grid, lead, availability, allApps, silent, probed } = platform
  const hash = createHash('sha256')
  say(hash, [grid, lead, availability])
  for (const list of [allApps.valid, allApps.failed, silent, probed]) hash.update(list)
  const inputs = hash.digest('hex')
  known.set(platform, inputs)
  return inputs
}

/** A month's down time as JSON can say it. */
type KeptDownTime = Omit<MonthDownTime, 'downSeconds' | 'others'> & {
  readonly downSeconds: string
  readonly others: { readonly requests: string; readonly equivalent: string }
}

/** As JSON, to be kept. */
export function toKept({ downSeconds, others, ...rest }: MonthDownTime): string {
  const kept: KeptDownTime = {
    ...rest,
    downSeconds: textOf(downSeconds),
    others: { requests: textOf(others.requests), equivalent: textOf(others.equivalent) },
  }
  return JSON.stringify(kept)
}

/** What `toKept` made of it. */
export function fromKept(text: string): MonthDownTime {
  const { downSeconds, others, ...rest }: KeptDownTime = JSON.parse(text)
  return {
    ...rest,
    downSeconds: fractionOf(downSeconds),
    others: { requests: fractionOf(others.requests), equivalent: fractionOf(others.equivalent) },
  }
}

function textOf({ numerator, denominator }: Fraction): string {
  return `${numerator}/${denominator}`
}

function fractionOf(text: string): Fraction {
  const [numerator = '', denominator = ''] = text.split('/')
  return fraction(BigInt(numerator), BigInt(denominator))
}
