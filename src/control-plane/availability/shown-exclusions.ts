import type { Kysely } from 'kysely'
import type { ExclusionReason } from '../../core/availability/exclusions.ts'
import { excludedWindow } from '../../core/availability/maintenance.ts'
import type { Span } from '../../core/time/span.ts'
import { exclusionsWithin } from '../../store/exclusions.ts'
import { maintenanceWithin } from '../../store/maintenance.ts'
import type { Schema } from '../../store/schema.ts'

/** Something that was said about a stretch of time, as a report lists it. */
export interface ShownExclusion extends Span {
  readonly id: string
  readonly reason: ExclusionReason | 'maintenance'
  readonly text: string
  readonly author: string
  /** What of the span counts against no SLA; undefined: nothing, as of maintenance that was announced late. */
  readonly excluded: Span | undefined
  readonly because: string | undefined
}

/** Maintenance and exclusions of a span, ascending; of exclusions those that were not withdrawn. */
export async function shownExclusions(
  db: Kysely<Schema>,
  organizationId: string,
  { startMs: fromMs, endMs: toMs }: Span,
  noticeHours: number,
): Promise<ShownExclusion[]> {
  const windows = (await maintenanceWithin(db, { fromMs, toMs })).map((window): ShownExclusion => {
    const { span, because } = excludedWindow(window, noticeHours)
    const { id, startMs, endMs, author, title } = window
    return { id, startMs, endMs, author, text: title, reason: 'maintenance', excluded: span, because }
  })
  const exclusions = (await exclusionsWithin(db, { fromMs, toMs }, organizationId))
    .filter(({ withdrawn }) => !withdrawn)
    .map(({ id, reason, startMs, endMs, text, author }): ShownExclusion => {
      return { id, reason, startMs, endMs, text, author, excluded: { startMs, endMs }, because: undefined }
    })
  return [...windows, ...exclusions].toSorted((a, b) => a.startMs - b.startMs)
}
