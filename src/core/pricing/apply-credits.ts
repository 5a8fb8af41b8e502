import { fromMinorUnits, minorUnits } from '../exact/money.ts'

/** Money that is owed back and not yet used up. */
export interface OpenCredit {
  readonly id: string
  /** Of the instant from which it could be used; the oldest goes first. */
  readonly grantedMs: number
  /** What is left of it, above zero. */
  readonly amount: string
}

export interface CreditUse {
  readonly id: string
  readonly amount: string
}

export interface AppliedCredits {
  /** What each gave, oldest first; those that gave nothing are not among them. */
  readonly applied: readonly CreditUse[]
  /** What is left of each, oldest first; those used up are not among them. */
  readonly left: readonly CreditUse[]
}

/** Lowers an amount before tax by what is owed back, oldest first, never below zero. */
export function applyCredits(
  due: string,
  credits: readonly OpenCredit[],
  minorDigits: number,
): AppliedCredits {
  let open = minorUnits(due, minorDigits)
  const applied: CreditUse[] = []
  const left: CreditUse[] = []
  for (const { id, amount } of credits.toSorted((a, b) => a.grantedMs - b.grantedMs)) {
    const whole = minorUnits(amount, minorDigits)
    const used = open <= 0n ? 0n : whole < open ? whole : open
    if (used > 0n) applied.push({ id, amount: fromMinorUnits(used, minorDigits) })
    if (whole > used) left.push({ id, amount: fromMinorUnits(whole - used, minorDigits) })
    open -= used
  }
  return { applied, left }
}
