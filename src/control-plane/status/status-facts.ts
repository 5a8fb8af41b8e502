import type { ComponentState } from '../../core/availability/current-state.ts'
import type { DaysUptime, HistoryDay, MonthUptime } from '../../core/availability/day-history.ts'
import type { IncidentImpact, IncidentStatus } from '../../store/incidents.ts'

/** All that the status page shows, as of one instant: public every word of it, and nothing of any customer. */
export interface StatusFacts {
  readonly asOfMs: number
  /** Whose API it is. */
  readonly name: string
  readonly description: string | undefined
  readonly state: ComponentState
  /** The whole API first, then the contract's groups. */
  readonly components: readonly StatusComponent[]
  /** Newest first: those that go on, and those that ended within the days shown. */
  readonly incidents: readonly StatusIncident[]
  /** An incident that was merged, and the one it is told of in. */
  readonly merged: ReadonlyMap<string, string>
  /** By their start: planned, under way, and those of the days shown. */
  readonly maintenance: readonly StatusMaintenance[]
  /** Slices up to here are judged in the days; newer ones only in the state. */
  readonly judgedToMs: number
}

export interface StatusComponent {
  /** undefined: the whole API. */
  readonly group: string | undefined
  readonly state: ComponentState
  /** Ascending; the last one runs. */
  readonly days: readonly HistoryDay[]
  readonly uptime: DaysUptime
  /** Newest first. */
  readonly months: readonly MonthUptime[]
}

export interface StatusIncident {
  readonly id: string
  readonly title: string
  readonly impact: IncidentImpact
  readonly status: IncidentStatus
  readonly component: string | undefined
  readonly startedMs: number
  readonly resolvedMs: number | undefined
  /** Oldest first. Who wrote them is nobody's business. */
  readonly updates: readonly {
    readonly atMs: number
    readonly status: IncidentStatus
    readonly text: string
    /** The title of the incident that it was told of before that one was merged into this. */
    readonly of: string | undefined
  }[]
}

export type MaintenancePhase = 'planned' | 'under-way' | 'over' | 'cancelled'

export interface StatusMaintenance {
  readonly id: string
  readonly title: string
  readonly startMs: number
  readonly endMs: number
  readonly announcedMs: number
  readonly cancelledMs: number | undefined
  /** It was announced too late to be excluded. */
  readonly countsAgainstSla: boolean
  readonly phase: MaintenancePhase
}

/** Whether a window counts against the SLA, also one that is still to come; work that never began counts for nothing. */
export function isCounted({ countsAgainstSla, phase }: StatusMaintenance): boolean {
  return countsAgainstSla && phase !== 'cancelled'
}

/** Where the whole API is named beside its parts. */
const WHOLE_API = 'API'

export function componentName(group: string | undefined): string {
  return group ?? WHOLE_API
}
