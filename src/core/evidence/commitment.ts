import { type Hash, hashOf } from './chain.ts'

/** What all apps together were asked in the slices of a day that they decided for one app. */
export interface CommittedTotals {
  /** Hex; without it nobody can try out totals until one fits. It stays with the provider. */
  readonly salt: string
  readonly app: string
  readonly date: string
  /** Slice of the day, valid, failed. */
  readonly totals: readonly (readonly [slice: number, valid: number, failed: number])[]
}

/**
 * A hash that ties the provider to totals without telling them: other customers' traffic is nobody's business. Whoever
 * is shown totals and salt later can see that they are those of then.
 */
export function commitmentTo({ salt, app, date, totals }: CommittedTotals, hash: Hash): Promise<string> {
  return hashOf({ salt, app, date, totals }, hash)
}
