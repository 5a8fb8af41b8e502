import type { Connection } from './connection.ts'

/** How soon after the new socket the old one must close to be taken for the one that it replaced. */
export const RECONNECT_OVERLAP_MS = 60_000

/** More at once on one app and platform are a name that many share, not a person who comes back; none counts. */
const MOST_OF_ONE_USER = 50

/** Each answers by how many the open connections that are old ones on their way out become more, or fewer: all of its app. */
export interface OverlapMeter {
  open(connection: Connection): number
  /** The very object that was opened. */
  close(connection: Connection): number
}

/**
 * The part of what is open that is reconnect overlap. An old connection counts when the same user had opened a newer
 * one on the same app and platform, both are open now, and the old one closed at most a minute after the newer one
 * opened: a client that came back before its old socket was gone. A newer connection replaces one old one at most,
 * and the most pairs that fit are taken; a newer one may itself be the old one of the next. A connection that has not
 * closed yet and one without a user are never overlap, nor are several devices that stay. Two tabs of which one opens
 * as the other closes look the same and count; a name with more than fifty at once is shared by many and does not.
 */
export function overlapMeter(): OverlapMeter {
  // Nearly every user has one connection: only from the second on is a group kept.
  let byUser = new Map<string, Connection | Group | undefined>()
  let left = 0

  function judge(group: Group): number {
    const before = group.overlap
    group.overlap = group.open.size > MOST_OF_ONE_USER ? 0 : pairs([...group.open])
    return group.overlap - before
  }

  // A user who comes and goes at once keeps its place: deleted keys slow down a Map that is asked for them again.
  function leave(key: string): void {
    byUser.set(key, undefined)
    left += 1
    if (left < FEW || left * 2 < byUser.size) return
    byUser = new Map([...byUser].filter(([, held]) => held !== undefined))
    left = 0
  }

  return {
    open(connection) {
      const key = userKey(connection)
      if (key === undefined) return 0
      const held = byUser.get(key)
      if (held === undefined) {
        if (left > 0 && byUser.has(key)) left -= 1
        byUser.set(key, connection)
        return 0
      }
      const group = 'open' in held ? held : { open: new Set([held]), overlap: 0 }
      group.open.add(connection)
      byUser.set(key, group)
      return judge(group)
    },
    close(connection) {
      const key = userKey(connection)
      if (key === undefined) return 0
      const held = byUser.get(key)
      if (held === undefined || !('open' in held) || held.open.size === 1) {
        leave(key)
        return 0
      }
      held.open.delete(connection)
      return judge(held)
    },
  }
}

/** So many empty places are not worth a tidying. */
const FEW = 1_000

interface Group {
  readonly open: Set<Connection>
  overlap: number
}

function userKey({ app, platform, user }: Connection): string | undefined {
  return user === undefined ? undefined : `${app}\n${platform}\n${user}`
}

/** The most pairs of an old connection and the newer one that replaced it. */
function pairs(connections: readonly Connection[]): number {
  if (connections.length < 2) return 0
  const replaceableFrom = connections
    .flatMap(({ openMs, closeMs }) =>
      closeMs === undefined ? [] : [Math.max(openMs + 1, closeMs - RECONNECT_OVERLAP_MS)],
    )
    .toSorted((a, b) => a - b)
  let found = 0
  for (const openMs of connections.map(connection => connection.openMs).toSorted((a, b) => a - b)) {
    const fromMs = replaceableFrom[found]
    if (fromMs !== undefined && fromMs <= openMs) found += 1
  }
  return found
}
