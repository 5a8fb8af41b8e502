import { type Batch, type OpenedConnection } from '../../store/batch.ts'
import { userKey } from '../../store/user-key.ts'
import { noonMs } from './test-control.ts'

export function sockets(
  appId: string,
  prefix: string,
  count: number,
  atMs: number,
  platform = 'ios',
): OpenedConnection[] {
  return Array.from({ length: count }, (_, at) => ({
    id: `${prefix}-${at}`,
    appId,
    userKey: userKey(appId, `${prefix}-${at}`),
    platform,
    endpoint: 'Connect',
    atMs,
  }))
}

/** A node with so many open at each instant: sockets are opened and closed to get there. */
export function opensTo(
  appId: string,
  node: string,
  counts: readonly number[],
): Pick<Batch, 'opened' | 'closed'> {
  const opened: OpenedConnection[] = []
  const closed: { id: string; atMs: number }[] = []
  const open: OpenedConnection[] = []
  counts.forEach((count, at) => {
    const atMs = noonMs - 3_600_000 + at * 60_000
    const more = sockets(appId, `${appId}-${node}-${at}`, Math.max(0, count - open.length), atMs, node)
    opened.push(...more)
    open.push(...more)
    closed.push(...open.splice(count).map(({ id }) => ({ id, atMs })))
  })
  return { opened, closed }
}

export const requestAt = (appId: string, atMs: number, count = 1) => ({
  appId,
  endpoint: 'Search',
  platform: 'web',
  outcome: 'served' as const,
  minuteMs: atMs - (atMs % 60_000),
  count,
  latency: [0, 0, 0, count],
})

export interface Facts {
  readonly users: readonly { readonly user: string; readonly atMs: number }[]
  readonly sockets: readonly { readonly atMs: number; readonly lasts: number }[]
  readonly requests: readonly number[]
}

/** A batch a fact. */
export function rowsOf(
  appId: string,
  prefix: string,
  { users, sockets: opened, requests }: Facts,
): Partial<Batch>[] {
  const open = opened.map(({ atMs }, at) => sockets(appId, `${prefix}.${at}`, 1, atMs)[0]!)
  return [
    ...users.map(({ user, atMs }) => ({ users: [{ appId, userKey: userKey(appId, user), atMs }] })),
    ...open.map(each => ({ opened: [each] })),
    ...open.map(({ id, atMs }, at) => ({ closed: [{ id, atMs: atMs + opened[at]!.lasts }] })),
    ...requests.map(atMs => ({ requests: [requestAt(appId, atMs)] })),
  ]
}

export function joined(parts: readonly Partial<Batch>[]): Partial<Batch> {
  return {
    users: parts.flatMap(part => part.users ?? []),
    opened: parts.flatMap(part => part.opened ?? []),
    closed: parts.flatMap(part => part.closed ?? []),
    requests: parts.flatMap(part => part.requests ?? []),
  }
}

export function inAnyOrder<T>(list: readonly T[], ranks: Iterable<number>): T[] {
  const numbers = ranks[Symbol.iterator]()
  return list
    .map(each => ({ each, rank: Number(numbers.next().value) }))
    .toSorted((one, other) => one.rank - other.rank)
    .map(({ each }) => each)
}
