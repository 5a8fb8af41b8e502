import type { Exclusion } from '../../core/availability/exclusions.ts'
import type { Maintenance } from '../../core/availability/maintenance.ts'
import { type ExclusionRecord, type MaintenanceRecord, msOf, spanIn } from '../../core/evidence/record.ts'

/** A window of maintenance as a file has it. */
export function windowOf({ announced, cancelled, ...span }: MaintenanceRecord): Maintenance {
  return {
    ...spanIn(span),
    announcedMs: msOf(announced),
    cancelledMs: cancelled === null ? undefined : msOf(cancelled),
  }
}

/** An exclusion as a file has it. */
export function exclusionOf({ reason, ...span }: ExclusionRecord): Exclusion {
  return { ...spanIn(span), reason }
}
