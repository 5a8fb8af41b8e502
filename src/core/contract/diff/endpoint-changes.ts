import { type Contract, type Endpoint, RATE_LIMITS_ENDPOINT } from '../contract.ts'
import { requestWords } from '../describe-limits.ts'
import type { Change, Effect } from './change.ts'

/** Endpoints that came, went, moved to another request, or have another name for the same one. */
export function endpointChanges(before: Contract, after: Contract): Change[] {
  const old = new Map(before.endpoints.map(endpoint => [endpoint.name, endpoint]))
  const now = new Map(after.endpoints.map(endpoint => [endpoint.name, endpoint]))
  const gone = before.endpoints.filter(({ name }) => !now.has(name))
  const come = after.endpoints.filter(({ name }) => !old.has(name))
  const heirs = new Map(gone.map(endpoint => [requestWords(endpoint), endpoint]))
  const renamed = come.filter(endpoint => heirs.has(requestWords(endpoint)))
  const kept = new Set(renamed.map(requestWords))
  const isKept = (endpoint: Endpoint) => kept.has(requestWords(endpoint))
  return [
    ...listed(
      'Endpoints taken away',
      gone.filter(endpoint => !isKept(endpoint)),
      'worse',
    ),
    ...listed(
      'Endpoints added',
      come.filter(endpoint => !isKept(endpoint)),
      'better',
    ),
    ...renamed.map(endpoint => {
      const request = requestWords(endpoint)
      const was = heirs.get(request)?.name ?? ''
      return change(`Name of the endpoint ${request}`, was, endpoint.name, 'neither')
    }),
    ...after.endpoints.flatMap(endpoint => movedFrom(old.get(endpoint.name), endpoint)),
  ]
}

function listed(what: string, endpoints: readonly Endpoint[], effect: Effect): Change[] {
  if (endpoints.length === 0) return []
  const list = endpoints.map(endpoint => `${endpoint.name} (${requestWords(endpoint)})`).join(', ')
  return [effect === 'worse' ? change(what, list, null, effect) : change(what, null, list, effect)]
}

/** Whoever calls it where it was must change its calls; only a token that is no longer asked for hurts nobody. */
function movedFrom(before: Endpoint | undefined, after: Endpoint): Change[] {
  if (before === undefined || requestWords(before) === requestWords(after)) return []
  const staysThere = requestWords({ ...before, token: after.token }) === requestWords(after)
  const effect = staysThere ? (after.token ? 'worse' : 'better') : 'worse'
  return [change(`Endpoint ${after.name}`, requestWords(before), requestWords(after), effect)]
}

function change(what: string, before: string | null, after: string | null, effect: Effect): Change {
  return { who: { kind: 'callers' }, what, before, after, effect, holds: 'at once' }
}

/** Every name that requests are counted under. */
export function countedNames({ endpoints, unmatched }: Contract): string[] {
  return [
    ...endpoints.map(({ name }) => name),
    ...(unmatched === undefined ? [] : [unmatched]),
    RATE_LIMITS_ENDPOINT,
  ]
}
