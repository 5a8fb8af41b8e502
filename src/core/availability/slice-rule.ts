import type { Availability } from '../contract/contract.ts'
import { percent } from '../exact/decimal.ts'

/** What the contract says about when a slice is down. */
export type SliceRule = Pick<Availability, 'sliceSeconds' | 'errorPercent' | 'minRequests' | 'minFailed'>

/** The requests of one app that arrived in one slice; `valid` is served + failed + client-error. */
export interface Slice {
  readonly valid: number
  readonly failed: number
}

/** `too-few`: fewer valid requests than the rule asks for, so the slice cannot be judged alone. */
export type SliceVerdict = 'down' | 'up' | 'too-few'

/**
 * Judges one slice alone: down when strictly more than `errorPercent` of at least `minRequests` valid requests
 * failed, and at least `minFailed` of them.
 */
export function judgeSlice(rule: SliceRule, slice: Slice): SliceVerdict {
  if (slice.valid < rule.minRequests) return 'too-few'
  return slice.failed >= rule.minFailed && failedTooMany(rule, slice) ? 'down' : 'up'
}

/** The time down of slices that are each judged alone: too few requests are not down. */
export function downSeconds(rule: SliceRule, slices: readonly Slice[]): number {
  return slices.filter(slice => judgeSlice(rule, slice) === 'down').length * rule.sliceSeconds
}

/** Compared without dividing, so that exactly five per cent is not more than five per cent. */
function failedTooMany({ errorPercent }: SliceRule, { valid, failed }: Slice): boolean {
  const { numerator, denominator } = percent(errorPercent)
  return BigInt(failed) * denominator > BigInt(valid) * numerator
}
