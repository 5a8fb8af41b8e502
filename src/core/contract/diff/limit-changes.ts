import { applicableLimits } from '../../limits/applicable-limits.ts'
import type { Burst, Contract, Limits } from '../contract.ts'
import { enumerated, grouped } from '../plain-words.ts'
import type { Audience, Change, Effect } from './change.ts'
import { countedNames } from './endpoint-changes.ts'
import { unfeltLimits } from './unfelt-limits.ts'

/**
 * The limits that are others as they hold: for each endpoint on each platform, under the contract alone and under
 * each plan. Whatever changes alike is one sentence with the list of what it touches.
 */
export function limitChanges(before: Contract, after: Contract): Change[] {
  const ground = groundOf(before, after)
  const cells = ground.scopes.flatMap(scope => cellsOf(scope, ground))
  const bursts = ground.scopes.flatMap(burstCell)
  return [...sentences([...cells, ...bursts], ground), ...unfeltLimits(before, after, [...cells, ...bursts])]
}

/** One number that is another: of a kind, under a scope, for an endpoint on a platform. */
export interface LimitCell {
  readonly kind: 'app' | 'user' | 'burst'
  /** A plan; undefined: the contract alone, as for plans without words of their own. */
  readonly scope: string | undefined
  /** undefined: of all of them, as a burst's divisor is. */
  readonly endpoint: string | undefined
  /** undefined: on all of them, as user limits are. */
  readonly platform: string | undefined
  readonly before: string
  readonly after: string
  readonly effect: Effect
}

interface Scope {
  readonly name: string | undefined
  readonly before: readonly Limits[]
  readonly after: readonly Limits[]
}

interface Ground {
  readonly scopes: readonly Scope[]
  readonly endpoints: readonly string[]
  readonly platforms: readonly string[]
  readonly hasSamePlans: boolean
  readonly hasSameEndpoints: boolean
  readonly hasUsers: (endpoint: string) => boolean
}

/** What both contracts have: of the rest it is told that it came or went. */
function groundOf(before: Contract, after: Contract): Ground {
  const plans = Object.keys(after.plans).filter(name => Object.hasOwn(before.plans, name))
  const old = new Set(countedNames(before))
  const oldPlatforms = new Set(before.platforms.map(({ name }) => name))
  const withoutToken = new Set(
    [before, after]
      .flatMap(({ endpoints }) => endpoints.filter(({ token }) => !token))
      .map(each => each.name),
  )
  const tokens = before.identity.token !== undefined && after.identity.token !== undefined
  const sources = ({ plans: of, limits }: Contract, name: string) => [of[name]?.limits ?? {}, limits]
  const endpoints = countedNames(after).filter(name => old.has(name))
  return {
    scopes: [
      { name: undefined, before: [before.limits], after: [after.limits] },
      ...plans.map(name => ({ name, before: sources(before, name), after: sources(after, name) })),
    ],
    endpoints,
    hasSameEndpoints: endpoints.length === old.size && old.size === countedNames(after).length,
    hasSamePlans: [before, after].every(contract => Object.keys(contract.plans).length === plans.length),
    platforms: after.platforms.map(({ name }) => name).filter(name => oldPlatforms.has(name)),
    hasUsers: endpoint => tokens && !withoutToken.has(endpoint),
  }
}

function cellsOf({ name: scope, before, after }: Scope, ground: Ground): LimitCell[] {
  const cells: LimitCell[] = []
  for (const endpoint of ground.endpoints) {
    let users = ground.hasUsers(endpoint)
    for (const platform of ground.platforms) {
      const [old, now] = [
        applicableLimits(before, endpoint, platform),
        applicableLimits(after, endpoint, platform),
      ]
      const place = { scope, endpoint }
      if (old.app !== now.app) cells.push({ kind: 'app', ...place, platform, ...numbers(old.app, now.app) })
      // User limits are the same on every platform.
      if (users && old.user !== now.user) {
        cells.push({ kind: 'user', ...place, platform: undefined, ...numbers(old.user, now.user) })
      }
      users = false
    }
  }
  return cells
}

function numbers(before: number | undefined, after: number | undefined) {
  const words = (limit: number | undefined) => (limit === undefined ? 'no limit' : grouped(limit))
  const effect: Effect = (after ?? Infinity) > (before ?? Infinity) ? 'better' : 'worse'
  return { before: words(before), after: words(after), effect }
}

/** A burst is told by its rule: its numbers follow the app's. */
function burstCell({ name, before, after }: Scope): LimitCell[] {
  const [old, now] = [burstOf(before), burstOf(after)]
  const words = (burst: Burst) =>
    burst === 'off' ? 'no limit' : `the app’s limit / ${grouped(burst.divisor)}`
  if (words(old) === words(now)) return []
  const divisor = (burst: Burst) => (burst === 'off' ? 0 : burst.divisor)
  const effect: Effect = divisor(now) < divisor(old) ? 'better' : 'worse'
  const place = { scope: name, endpoint: undefined, platform: undefined }
  return [{ kind: 'burst', ...place, before: words(old), after: words(now), effect }]
}

function burstOf(sources: readonly Limits[]): Burst {
  return sources.find(({ burst }) => burst !== undefined)?.burst ?? 'off'
}

const KIND_WORDS = {
  app: 'Requests a minute per app',
  user: 'Requests a minute per user',
  burst: 'Requests a second per app (burst)',
}

/** Cells with the same numbers, taken together. */
interface Group extends Pick<LimitCell, 'kind' | 'before' | 'after' | 'effect'> {
  readonly scopes: readonly LimitCell['scope'][]
  readonly endpoints: readonly LimitCell['endpoint'][]
  readonly platforms: readonly LimitCell['platform'][]
}

function sentences(cells: readonly LimitCell[], ground: Ground): Change[] {
  const single = cells.map(({ scope, endpoint, platform, ...rest }) => ({
    ...rest,
    scopes: [scope],
    endpoints: [endpoint],
    platforms: [platform],
  }))
  const groups = merged(merged(merged(single, 'platforms'), 'scopes'), 'endpoints')
  return groups.map(({ kind, before, after, effect, scopes, endpoints, platforms }) => {
    const who = audience(scopes, platforms, ground)
    const some = platforms.filter(isText)
    const isTold = who.kind === 'platform' || some.length === 0 || some.length === ground.platforms.length
    const on = isTold ? '' : `, on ${enumerated(some)}`
    const reserve = who.kind === 'provider' ? ' (every plan has a number of its own in its place)' : ''
    const what = `${KIND_WORDS[kind]}${endpointWords(endpoints.filter(isText), ground)}${on}${reserve}`
    return { who, what, before, after, effect, holds: 'at once' }
  })
}

/** Groups that differ in nothing but `list` are one. */
function merged(groups: readonly Group[], list: 'scopes' | 'endpoints' | 'platforms'): Group[] {
  const byRest = new Map<string, Group>()
  for (const group of groups) {
    const key = JSON.stringify({ ...group, [list]: null }, (_, value: unknown) => value ?? null)
    const same = byRest.get(key)
    byRest.set(key, same === undefined ? group : { ...same, [list]: [...same[list], ...group[list]] })
  }
  return [...byRest.values()]
}

function audience(scopes: Group['scopes'], platforms: Group['platforms'], ground: Ground): Audience {
  const plans = scopes.filter(isText)
  const all = ground.scopes.length - 1
  if (plans.length === 0 && all > 0) return { kind: 'provider' }
  const isEverybody = plans.length === all && (ground.hasSamePlans || scopes.length > plans.length)
  if (!isEverybody) return { kind: 'plan', names: plans }
  const some = platforms.filter(isText)
  const isSome = some.length > 0 && some.length < ground.platforms.length
  return isSome ? { kind: 'platform', names: some } : { kind: 'callers' }
}

function endpointWords(endpoints: readonly string[], ground: Ground): string {
  if (endpoints.length === 0) return ''
  return ground.hasSameEndpoints && endpoints.length === ground.endpoints.length
    ? ', for every endpoint'
    : `, for ${enumerated(endpoints)}`
}

function isText(value: string | undefined): value is string {
  return value !== undefined
}
