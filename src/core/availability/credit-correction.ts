import { fromMinorUnits, minorUnits } from '../exact/money.ts'

/**
 * What late facts add to a credit that was already given, for the next invoice. They only raise it: lowering
 * one takes a person and a reason, so a smaller new figure adds nothing.
 */
export function creditCorrection(given: string, now: string, minorDigits: number): string {
  const difference = minorUnits(now, minorDigits) - minorUnits(given, minorDigits)
  return fromMinorUnits(difference > 0n ? difference : 0n, minorDigits)
}
