import type { Kysely } from 'kysely'
import type { Availability } from '../../core/contract/contract.ts'
import type { Span } from '../../core/time/span.ts'
import type { Schema } from '../../store/schema.ts'
import { platformAvailability } from '../availability/platform-availability.ts'
import type { Agreements } from '../invoicing/agreement.ts'

export interface ComponentOutageQuestion extends Span {
  readonly nowMs: number
}

/** When the whole API or a group was down, under the name that its down time is kept by. */
export interface ComponentOutages {
  readonly subject: string
  readonly outages: readonly Span[]
}

/** The same down time as `GET /api/availability` tells, of every component that had any. */
export async function judgeComponents(
  db: Kysely<Schema>,
  agreements: Agreements,
  { startMs, endMs, nowMs }: ComponentOutageQuestion,
): Promise<ComponentOutages[]> {
  const { components } = await platformAvailability(db, agreements, { fromMs: startMs, toMs: endMs, nowMs })
  return components
    .filter(({ down }) => down.length > 0)
    .map(({ group, down }) => ({
      subject: componentOf(group),
      outages: down.map(span => ({ startMs: span.startMs, endMs: span.endMs })),
    }))
}

export function componentOf(group: string | undefined): string {
  return group === undefined ? 'api' : `group:${group}`
}

/** What components are made of: where it changes, their down time is judged anew. */
export function definitionOf({ groups }: Pick<Availability, 'groups'>): string {
  return JSON.stringify(groups)
}
