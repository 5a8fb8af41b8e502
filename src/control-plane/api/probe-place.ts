import type { Kysely } from 'kysely'
import { ProblemError } from '../../http/problem.ts'
import { findMember } from '../../store/members.ts'
import type { Schema } from '../../store/schema.ts'
import { readStoreClock } from '../../store/store-clock.ts'
import type { Actor, ControlDeps } from './deps.ts'

/**
 * The place an actor speaks for: a probe's is its member's name, and no other, so that a token that got lost can be one
 * voice of three at most. Whoever may write everything names one. Undefined: nobody said.
 */
export async function placeOf(
  db: Kysely<Schema>,
  actor: Actor,
  wanted: string | undefined,
): Promise<string | undefined> {
  if (actor.role !== 'probe') return wanted
  const own = (await findMember(db, actor.id))?.name
  if (own === undefined || (wanted !== undefined && wanted !== own)) {
    throw new ProblemError(
      'forbidden',
      `This token speaks for the place "${own ?? ''}", not for "${wanted ?? ''}". Add a member with the role probe and that name.`,
    )
  }
  return own
}

/** Results of several machines are compared, so they are told in the store's time, as the gateways' records are. */
export async function storeNowMs({ store, clock, testClock }: ControlDeps): Promise<number> {
  const shared = testClock === undefined ? await readStoreClock(store.db) : undefined
  return shared === undefined ? clock() : Math.round(shared)
}
