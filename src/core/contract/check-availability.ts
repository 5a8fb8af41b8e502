import { checkEndpointName, type KnownNames, type Report } from './check-limits.ts'
import { checkTwice } from './check-twice.ts'
import { type Endpoint, RATE_LIMITS_ENDPOINT } from './contract.ts'
import { type EndpointRouter, createEndpointRouter } from './endpoint-router.ts'
import { probeRequest } from './probe-request.ts'
import { childOf, entriesOf, itemsOf, textOf, type TreeNode } from './yaml-tree.ts'

/** What the section `availability` must agree with: an outage that could not be found, a probe that could not succeed. */
export function checkAvailability(
  root: TreeNode,
  endpoints: readonly Endpoint[],
  known: KnownNames,
  report: Report,
): void {
  const availability = childOf(root, 'availability')
  checkErrorPercent(childOf(availability, 'errorPercent'), report)
  for (const [, group] of entriesOf(childOf(availability, 'groups'))) {
    checkTwice(itemsOf(group.value), report)
    for (const item of itemsOf(group.value)) {
      const name = textOf(item)
      if (name !== undefined) checkEndpointName(name, item.start, known, report)
    }
  }
  const probes = itemsOf(childOf(availability, 'probes'))
  checkTwice(
    probes.flatMap(probe => childOf(probe, 'name') ?? []),
    report,
  )
  const router = routerOf(root, endpoints, known)
  for (const probe of probes) checkProbe(probe, { endpoints, known, router }, report)
}

/** A share is never more than all. */
function checkErrorPercent(errorPercent: TreeNode | undefined, report: Report): void {
  if (errorPercent === undefined || !/^0*100(\.0*)?$/.test(textOf(errorPercent) ?? '')) return
  report(
    errorPercent.start,
    'no slice has more than 100 % of its requests failed, so none would ever be down',
  )
}

/** undefined: some endpoint is not known, so of no path can be said that it reaches none; or all paths pass. */
function routerOf(
  root: TreeNode,
  endpoints: readonly Endpoint[],
  known: KnownNames,
): EndpointRouter | undefined {
  const unmatched = textOf(childOf(root, 'unmatched')) ?? 'reject'
  const readable = [...known.declared].every(
    name => name === RATE_LIMITS_ENDPOINT || endpoints.some(endpoint => endpoint.name === name),
  )
  if (unmatched !== 'reject' || known.endpoints === undefined || !readable) return undefined
  return createEndpointRouter({ endpoints, unmatched: undefined })
}

interface Reachable {
  readonly endpoints: readonly Endpoint[]
  readonly known: KnownNames
  readonly router: EndpointRouter | undefined
}

function checkProbe(probe: TreeNode, { endpoints, known, router }: Reachable, report: Report): void {
  const request = childOf(probe, 'request')
  const text = textOf(request)
  if (request === undefined || text === undefined) return
  const read = probeRequest(text, endpoints)
  if (!read.ok) {
    if (!read.unknownEndpoint || known.endpoints !== undefined) report(request.start, read.problem)
    return
  }
  const status = childOf(probe, 'expectStatus')
  const expected = status?.kind === 'whole' ? status.value : undefined
  if (expected === 101 && !checkWebSocketProbe(probe, read.request, report)) return
  const answered = router && ownAnswer(router, read.request, expected === 101)
  if (answered === undefined || answered.status === expected) return
  report(request.start, `a probe of \`${read.request}\` would fail for ever: ${answered.why}`)
}

/** What Weir answers by itself, before the upstream; undefined: the request passes. */
function ownAnswer(
  router: EndpointRouter,
  request: string,
  upgrade: boolean,
): { readonly status: number; readonly why: string } | undefined {
  const [method = '', target = ''] = request.split(' ')
  const found = router.match(method, target.replace(/\?.*/, ''), upgrade)
  if (found.kind === 'method-not-allowed')
    return { status: 405, why: `that path takes ${found.allow.join(', ')} alone` }
  if (found.kind === 'upgrade-required')
    return { status: 426, why: 'that path opens a WebSocket; add `expectStatus: 101`' }
  if (found.kind === 'malformed') return { status: 400, why: found.reason }
  if (found.kind !== 'unmatched') return undefined
  return { status: 404, why: 'no endpoint has that path, and `unmatched: reject` answers it with 404' }
}

/** A 101 is expected of a WebSocket alone: its handshake is a GET, and what follows is no body. */
function checkWebSocketProbe(probe: TreeNode, request: string, report: Report): boolean {
  const status = childOf(probe, 'expectStatus')
  const isGet = request.startsWith('GET ')
  if (status !== undefined && !isGet) report(status.start, '101 opens a WebSocket, which takes a GET')
  const body = childOf(probe, 'expectBody')
  if (body !== undefined) report(body.start, 'a WebSocket that opens has no body; leave `expectBody` out')
  return isGet
}
