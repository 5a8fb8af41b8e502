import type { Kysely } from 'kysely'
import type { Availability } from '../../core/contract/contract.ts'
import { type Span, union } from '../../core/time/span.ts'
import { downTimeWithin, judgedDownTime } from '../../store/down-time.ts'
import type { Schema } from '../../store/schema.ts'
import { FINAL_AFTER_MS } from '../availability/read-time.ts'
import type { Agreements } from '../invoicing/agreement.ts'
import { judgeOutages } from './judge-outages.ts'
import { knownEnd } from './organization-budget.ts'

/** When customers were down, before any exclusion, as far as anything is known. */
export interface KnownOutages {
  /** Slices up to here are final. */
  readonly finalToMs: number
  /** Up to here they are judged by what has been recorded so far: seconds ago. */
  readonly knownToMs: number
  of(organizationId: string): readonly Span[]
}

/**
 * By the down time that is kept, and the slices since: of a minute in which nothing failed nobody is looked at. Where
 * keeping it has to catch up, or never began, the rest is judged here, at what that takes.
 */
export async function knownOutages(
  db: Kysely<Schema>,
  agreements: Agreements,
  { startMs, nowMs }: { readonly startMs: number; readonly nowMs: number },
  availability: Availability,
): Promise<KnownOutages> {
  const sliceMs = availability.sliceSeconds * 1000
  const finalToMs = Math.floor((nowMs - FINAL_AFTER_MS) / sliceMs) * sliceMs
  const knownToMs = Math.max(finalToMs, knownEnd(nowMs, availability))
  const judgedToMs = Math.max(startMs, (await judgedDownTime(db, 'organizations'))?.judgedToMs ?? startMs)
  const before = await downTimeWithin(db, 'organizations', { startMs, endMs: judgedToMs })
  const since = await judgeOutages(db, agreements, {
    startMs: judgedToMs,
    endMs: knownToMs,
    finalMs: Math.max(judgedToMs, finalToMs),
  })
  const lately = new Map(since.map(({ organizationId, outages }) => [organizationId, outages]))
  return {
    finalToMs,
    knownToMs,
    of: id => union([...(before.get(id) ?? []), ...(lately.get(id) ?? [])]),
  }
}
