import type { Kysely } from 'kysely'
import type { Schema } from '../../store/schema.ts'
import { askStore } from '../../store/store-clock.ts'

/** Knows whether the store has been within reach for long enough to believe what is not in it. */
export interface StoreWatch {
  /** To be called each time that jobs are looked for. Rejects while the store cannot be reached. */
  look(db: Kysely<Schema>): Promise<void>
  isSteady(): boolean
}

/** A store that was away for this long may still be getting what nodes kept for it. */
const STORE_GAP_MS = 10_000
const STEADY_AFTER_MS = 60_000

/**
 * When the store comes back, beats that wait on the nodes' disks are not in it yet: for a minute, silence says nothing.
 * The same after a start: then this node's own beats are the first. `clock`: of the machine, not a test's.
 */
export function watchStore(clock: () => number): StoreWatch {
  let sinceMs = -Infinity
  let seenMs = -Infinity
  return {
    async look(db) {
      await askStore(db)
      const nowMs = clock()
      if (nowMs - seenMs > STORE_GAP_MS) sinceMs = nowMs
      seenMs = nowMs
    },
    isSteady: () => clock() - sinceMs >= STEADY_AFTER_MS,
  }
}
