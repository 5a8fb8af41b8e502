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

/** Judges one slice alone. A month has 267,840 of them, so what the rule says is made ready once. */
export type SliceJudge = (valid: number, failed: number) => SliceVerdict

/**
 * Down when strictly more than `errorPercent` of at least `minRequests` valid requests failed, and at least
 * `minFailed` of them. Compared without dividing, so that exactly five per cent is not more than five per cent.
 */
export function createSliceJudge({ errorPercent, minRequests, minFailed }: SliceRule): SliceJudge {
  const { numerator, denominator } = percent(errorPercent)
  const areSmall = numerator <= MOST_PART && denominator <= MOST_PART
  const [parts, whole] = [Number(numerator), Number(denominator)]
  return (valid, failed) => {
    if (valid < minRequests) return 'too-few'
    if (failed === 0 || failed < minFailed) return 'up'
    const isExact = areSmall && valid <= MOST_COUNT && failed <= MOST_COUNT
    const isDown = isExact
      ? failed * whole > valid * parts
      : BigInt(failed) * denominator > BigInt(valid) * numerator
    return isDown ? 'down' : 'up'
  }
}

/** Products of these are whole numbers that a double holds exactly, and quicker to compare than BigInts. */
const MOST_PART = 2 ** 20
const MOST_COUNT = 2 ** 32

export function judgeSlice(rule: SliceRule, { valid, failed }: Slice): SliceVerdict {
  return createSliceJudge(rule)(valid, failed)
}

/** The time down of slices that are each judged alone: too few requests are not down. */
export function downSeconds(rule: SliceRule, slices: readonly Slice[]): number {
  const judge = createSliceJudge(rule)
  return slices.filter(({ valid, failed }) => judge(valid, failed) === 'down').length * rule.sliceSeconds
}
