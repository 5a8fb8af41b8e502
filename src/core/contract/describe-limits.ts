import {
  type Contract,
  type Endpoint,
  type EndpointLimits,
  RATE_LIMITS_ENDPOINT,
  RATE_LIMITS_PATHS,
} from './contract.ts'
import { enumerated, grouped, table, wrapped } from './plain-words.ts'

/** A table of every endpoint, then of what one platform has instead. */
export function describeLimits(contract: Contract): string[] {
  const { limits, unmatched } = contract
  const rows = rowsOf(contract).map(({ name, request, user }) => {
    const app = appLimit(contract, name, undefined)
    return [name, request, user, grouped(app), burstOf(contract, app)]
  })
  const window =
    limits.window === 'aligned'
      ? 'Requests a minute, in windows that start on the UTC minute.'
      : 'Requests in any sixty seconds, in a window that slides.'
  const intro = `${window} Every endpoint and every platform has its own count. A request that is refused uses up nothing.`
  const rest =
    unmatched === undefined
      ? 'Other requests are answered 404 and reach nobody.'
      : `Requests that match no endpoint count as ${unmatched} and are forwarded.`
  const header = ['Endpoint', 'Request', 'per user', 'per app', 'burst a second']
  return [
    ...wrapped(intro),
    '',
    ...table([header, ...rows], 2).map(row => `  ${row}`),
    ...platformTables(contract),
    '',
    ...wrapped(
      `${rest} While the counters cannot be reached, ${unreachableWords(limits.whenCountersAreUnreachable)}.`,
    ),
  ]
}

interface Row {
  readonly name: string
  readonly request: string
  readonly user: string
}

function rowsOf(contract: Contract): Row[] {
  const own = contract.endpoints.map(endpoint => ({
    name: endpoint.name,
    request: requestWords(endpoint),
    user: endpoint.token ? userLimit(contract, endpoint.name) : 'none',
  }))
  // Counted as the contract says, but no user ever calls it.
  const inspection = { name: RATE_LIMITS_ENDPOINT, request: `GET ${RATE_LIMITS_PATHS[0]}`, user: 'none' }
  const { unmatched } = contract
  const others =
    unmatched === undefined
      ? []
      : [{ name: unmatched, request: 'all others', user: userLimit(contract, unmatched) }]
  return [...own, ...others, inspection]
}

export function requestWords({ method, path, websocket, token }: Endpoint): string {
  return `${method} ${path}${websocket ? ' (websocket)' : ''}${token ? '' : ' (no token)'}`
}

function userLimit({ limits, identity }: Contract, endpoint: string): string {
  const limit = limits.user[endpoint] ?? limits.user.default ?? 'off'
  return limit === 'off' || identity.token === undefined ? 'none' : grouped(limit)
}

/** A named endpoint's number wins over any default; within each, the platform's over that for all platforms. */
function appLimit({ limits }: Contract, endpoint: string, platform: string | undefined): number {
  const own: EndpointLimits | undefined = platform === undefined ? undefined : limits.platforms?.[platform]
  return own?.[endpoint] ?? limits.app[endpoint] ?? own?.default ?? limits.app.default ?? 0
}

function burstOf({ limits: { burst } }: Contract, app: number): string {
  return burst === 'off' ? 'none' : grouped(Math.ceil(app / burst.divisor))
}

function platformTables(contract: Contract): string[] {
  return Object.keys(contract.limits.platforms ?? {}).flatMap(platform => {
    const rows = rowsOf(contract).flatMap(({ name }) => {
      const app = appLimit(contract, name, platform)
      if (app === appLimit(contract, name, undefined)) return []
      return [[name, grouped(app), burstOf(contract, app)]]
    })
    if (rows.length === 0) return []
    const header = [`On ${platform} instead`, 'per app', 'burst a second']
    return ['', ...table([header, ...rows], 1).map(row => `  ${row}`)]
  })
}

export function unreachableWords(mode: Contract['limits']['whenCountersAreUnreachable']): string {
  const words = {
    local: 'each part of Weir enforces its share of every limit',
    open: 'all requests pass, and are counted',
    closed: 'requests are answered 503, which counts as a failure of the API',
  }
  return words[mode]
}

/** One source's own limits, as far as it says any: `per app 5,000 a minute, SendMessage 60,000`. */
export function describeOwnLimits(limits: NonNullable<Contract['plans'][string]['limits']>): string[] {
  const { user, app, platforms = {}, burst } = limits
  const lists = [
    ...(user === undefined ? [] : [`per user ${numberList(user)}`]),
    ...(app === undefined ? [] : [`per app ${numberList(app)}`]),
    ...Object.entries(platforms).map(
      ([platform, numbers]) => `per app on ${platform} ${numberList(numbers)}`,
    ),
  ]
  return [
    ...lists.filter(list => /\d|unlimited/.test(list)).map(list => `Requests a minute ${list}.`),
    ...(burst === undefined
      ? []
      : [burst === 'off' ? 'No burst limit.' : `Burst a second: the app’s limit / ${burst.divisor}.`]),
  ]
}

function numberList(limits: Readonly<Record<string, number | 'off'>>): string {
  const named = Object.entries(limits)
    .filter(([endpoint]) => endpoint !== 'default')
    .map(([endpoint, limit]) => `${limit === 'off' ? 'unlimited' : grouped(limit)} for ${endpoint}`)
  const { default: fallback } = limits
  if (fallback === undefined) return enumerated(named)
  const shown = fallback === 'off' ? 'unlimited' : grouped(fallback)
  return enumerated([...named, `${shown} for endpoints without a number of their own`])
}
