/**
 * Which limits to show: platforms that are `true`, of endpoints that are named; all where nothing is said. The
 * platform of server tokens is `server_side` or `serverSide`; others are named as in the contract.
 */
export interface RateLimitsQuestion {
  readonly server_side?: boolean | undefined
  readonly serverSide?: boolean | undefined
  readonly android?: boolean | undefined
  readonly ios?: boolean | undefined
  readonly web?: boolean | undefined
  /** A list, or names with commas between them. */
  readonly endpoints?: string | readonly string[] | undefined
  readonly [platform: string]: boolean | string | readonly string[] | undefined
}

/** One endpoint's app limit as it stands; `reset` in Unix seconds. */
export interface EndpointRateLimit {
  readonly limit: number
  readonly remaining: number
  readonly reset: number
}

/** By endpoint, of each platform that was asked for. */
export interface RateLimits {
  /** How long Weir took, as in `0.42ms`. */
  readonly duration: string
  readonly server_side?: Readonly<Record<string, EndpointRateLimit>>
  readonly android?: Readonly<Record<string, EndpointRateLimit>>
  readonly ios?: Readonly<Record<string, EndpointRateLimit>>
  readonly web?: Readonly<Record<string, EndpointRateLimit>>
  readonly [platform: string]: string | Readonly<Record<string, EndpointRateLimit>> | undefined
}

/** The question as a query. Throws a TypeError for a platform that is neither true nor false. */
export function rateLimitsQuery({ endpoints, ...platforms }: RateLimitsQuestion): Record<string, string> {
  const query: Record<string, string> = {}
  for (const [name, chosen] of Object.entries(platforms)) {
    if (chosen !== undefined && typeof chosen !== 'boolean') {
      throw new TypeError(`getRateLimits: "${name}" must be true or false, not ${JSON.stringify(chosen)}`)
    }
    if (chosen === true) query[name === 'serverSide' ? 'server_side' : name] = 'true'
  }
  const names = typeof endpoints === 'string' ? endpoints : (endpoints ?? []).join(',')
  if (names !== '') query['endpoints'] = names
  return query
}
