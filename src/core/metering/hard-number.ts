import { closingQueue } from './closing-queue.ts'
import type { Connection } from './connection.ts'

/** What a number that may not be passed would have done to connections as they were recorded. */
export interface Places {
  /** All that were open at some time. */
  readonly connections: number
  readonly refused: number
  /** When the first of them was; undefined: none was. */
  readonly firstMs: number | undefined
}

export interface PlaceMeter {
  /** Connections come in the order of their opening, each once. */
  add(connection: Pick<Connection, 'openMs' | 'closeMs'>): void
  places(): Places
}

/**
 * Lets recorded connections in one after the other, as a plan without overage does: one that finds as many open as the
 * plan includes is refused, and takes nobody's place. What was open at `fromMs` asks then. `numberAt` says what may be
 * open at an instant; undefined: as many as come. Memory is that of the connections open at once.
 */
export function createPlaceMeter(fromMs: number, numberAt: (atMs: number) => number | undefined): PlaceMeter {
  const closing = closingQueue<true>()
  const total = { connections: 0, refused: 0 }
  let open = 0
  let firstMs: number | undefined
  return {
    add({ openMs, closeMs }) {
      const atMs = Math.max(openMs, fromMs)
      // Half-open, as everywhere: what closes at this instant has made room.
      while (closing.takeUpTo(atMs) !== undefined) open -= 1
      total.connections += 1
      if (open >= (numberAt(atMs) ?? Infinity)) {
        total.refused += 1
        firstMs ??= atMs
        return
      }
      open += 1
      if (closeMs !== undefined) closing.push(true, closeMs)
    },
    places: () => ({ ...total, firstMs }),
  }
}

/** Users who were seen for the first time in a month, with how many may be active by then; undefined: all who come. */
export interface NewUsers {
  readonly users: number
  readonly included: number | undefined
}

/** How many of a month’s users a plan without overage would not have let in. Days ascending: who came first stays. */
export function usersRefused(days: readonly NewUsers[]): number {
  let active = 0
  let refused = 0
  for (const { users, included } of days) {
    const admitted = Math.min(users, Math.max(0, (included ?? Infinity) - active))
    active += admitted
    refused += users - admitted
  }
  return refused
}
