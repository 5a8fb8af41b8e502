/** At which shares of what is allowed somebody is told. */
const PERCENTS = [50, 80, 100] as const

/** How much of something was used, of how much that may be. */
export interface Measured {
  /** `mau`, `connections`, or `requests-per-minute:APP:ENDPOINT:PLATFORM`. */
  readonly subject: string
  readonly used: number
  /** Included in the plan, or the limit; 0 is reached by the first. */
  readonly allowed: number
  /** The id of the app; undefined: of the whole organization. */
  readonly appId: string | undefined
  readonly endpoint: string | undefined
  readonly platform: string | undefined
}

/** The shares that are reached, ascending: in whole numbers, so that 80 % of 10,000 is 8,000 and not 7,999.99. */
export function reachedPercents({ used, allowed }: Pick<Measured, 'used' | 'allowed'>): number[] {
  if (used === 0) return []
  return PERCENTS.filter(percent => BigInt(used) * 100n >= BigInt(allowed) * BigInt(percent))
}
