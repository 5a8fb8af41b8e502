import { type Fraction, negate } from '../exact/fraction.ts'
import { monthsLater } from '../time/month.ts'
import type { Span } from '../time/span.ts'
import type { Arrangement } from './arrangement.ts'
import { type RecurringFee, proratedFee, recurringFees } from './recurring.ts'

/** A stretch in which one yearly fee was paid. Its amount is settled when it begins; a new price waits for the next year. */
export interface AnnualPart extends Omit<RecurringFee, 'interval'>, Span {
  /** The paid year it lies in. */
  readonly year: Span
  readonly contractVersion: number
}

export interface AnnualCharge extends AnnualPart {
  readonly atMs: number
  /** The span that is paid, or given back when `amountDue` is negative. */
  readonly paid: Span
  readonly amountDue: Fraction
}

/**
 * What yearly fees are due, up to `untilMs`: a year ahead when one begins; after a change within the year, the
 * unused part of the old fee back and the rest of the year at the new one, both by the second.
 */
export function annualCharges(arrangements: readonly Arrangement[], untilMs: number): AnnualCharge[] {
  const leavesMs = arrangements.at(-1)?.endMs
  return annualParts(arrangements, untilMs).flatMap(part => {
    const { year, startMs, endMs, amount } = part
    const ahead = { startMs, endMs: year.endMs }
    const begins = { ...part, atMs: startMs, paid: ahead, amountDue: proratedFee(amount, ahead, year) }
    // Who leaves has paid for the year; only a change gives back what it replaces.
    if (endMs >= year.endMs || endMs >= untilMs || endMs === leavesMs) return [begins]
    const unused = { startMs: endMs, endMs: year.endMs }
    return [
      begins,
      { ...part, atMs: endMs, paid: unused, amountDue: negate(proratedFee(amount, unused, year)) },
    ]
  })
}

/** The yearly fees that were in force, year by year, ascending within each fee. */
export function annualParts(arrangements: readonly Arrangement[], untilMs: number): AnnualPart[] {
  return runsOf(arrangements).flatMap(run => {
    const anchor = run[0]?.startMs ?? untilMs
    const parts: AnnualPart[] = []
    for (let count = 0; monthsLater(anchor, 12 * count) < untilMs; count++) {
      const year = { startMs: monthsLater(anchor, 12 * count), endMs: monthsLater(anchor, 12 * (count + 1)) }
      const pieces = run.filter(piece => piece.startMs < year.endMs && piece.endMs > year.startMs)
      if (pieces.length === 0) break
      parts.push(...partsOfYear(pieces, year))
    }
    return parts.filter(({ startMs }) => startMs < untilMs)
  })
}

interface Piece extends RecurringFee, Span {
  readonly contractVersion: number
}

/** Pieces of one fee side by side, so that its years run on through changes. A plan changed for another is one fee. */
function runsOf(arrangements: readonly Arrangement[]): Piece[][] {
  const runs: Piece[][] = []
  for (const arrangement of arrangements) {
    const { startMs, endMs, contractVersion } = arrangement
    for (const fee of recurringFees(arrangement).filter(({ interval }) => interval === 'annual')) {
      const piece = { ...fee, startMs, endMs, contractVersion }
      const run = runs.find(each => {
        const last = each.at(-1)
        return last !== undefined && last.endMs === startMs && isSameSlot(last, fee)
      })
      if (run === undefined) runs.push([piece])
      else run.push(piece)
    }
  }
  return runs
}

function isSameSlot(a: RecurringFee, b: RecurringFee): boolean {
  return a.kind === b.kind && (a.kind !== 'add-on' || a.name === b.name)
}

function partsOfYear(pieces: readonly Piece[], year: Span): AnnualPart[] {
  const parts: AnnualPart[] = []
  for (const { kind, name, amount, contractVersion, ...span } of pieces) {
    const startMs = Math.max(span.startMs, year.startMs)
    const endMs = Math.min(span.endMs, year.endMs)
    const last = parts.at(-1)
    if (last?.name === name) parts[parts.length - 1] = { ...last, endMs }
    else parts.push({ kind, name, amount, contractVersion, startMs, endMs, year })
  }
  return parts
}
