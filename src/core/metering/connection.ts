/** A WebSocket as it was recorded. Instants are whole milliseconds of the store's time. */
export interface Connection {
  readonly id: string
  readonly app: string
  readonly platform: string
  /** undefined: a server's own. */
  readonly user: string | undefined
  readonly openMs: number
  /** It was open in `[openMs, closeMs)`; undefined: still. */
  readonly closeMs: number | undefined
}

/**
 * Reports of connections as the meter takes them: one a connection, by the instant of opening. A connection that was
 * reported more than once, whole or in parts, opened at the earliest instant reported and closed at the earliest.
 */
export function inOpeningOrder(reports: Iterable<Connection>): Connection[] {
  const byId = new Map<string, Connection>()
  for (const report of reports) {
    const known = byId.get(report.id)
    byId.set(report.id, known === undefined ? report : joined(known, report))
  }
  return [...byId.values()].toSorted((a, b) => a.openMs - b.openMs)
}

function joined(one: Connection, other: Connection): Connection {
  const closeMs = Math.min(one.closeMs ?? Infinity, other.closeMs ?? Infinity)
  return {
    ...one,
    openMs: Math.min(one.openMs, other.openMs),
    closeMs: closeMs === Infinity ? undefined : closeMs,
  }
}
