import type { ComponentState } from '../../core/availability/current-state.ts'
import type { HistoryDay, MonthUptime } from '../../core/availability/day-history.ts'
import {
  componentName,
  type StatusComponent,
  type StatusFacts,
  type StatusIncident,
  type StatusMaintenance,
} from './status-facts.ts'
import { headlines } from './status-words.ts'

/** `stale`: the store could not be read, and this is what was known at `asOf`. */
export function statusJson(
  facts: StatusFacts,
  { isStale, home }: { readonly isStale: boolean; readonly home: string | undefined },
) {
  const { name, state, asOfMs, judgedToMs, components, incidents, maintenance } = facts
  return {
    name,
    url: home ?? null,
    asOf: iso(asOfMs),
    stale: isStale,
    state: state satisfies ComponentState,
    text: headlines[state],
    judgedTo: iso(judgedToMs),
    components: components.map(showComponent),
    incidents: incidents.map(showIncident),
    maintenance: maintenance.map(showMaintenance),
  }
}

function showMaintenance({ id, title, phase, countsAgainstSla, ...times }: StatusMaintenance) {
  return {
    id,
    title,
    phase,
    start: iso(times.startMs),
    end: iso(times.endMs),
    announcedAt: iso(times.announcedMs),
    cancelledAt: isoOrNull(times.cancelledMs),
    countsAgainstSla,
  }
}

function showComponent({ group, state, uptime, months, days }: StatusComponent) {
  return {
    name: componentName(group),
    group: group ?? null,
    state,
    uptime: uptime.uptime ?? null,
    months: months.map(showMonth),
    days: days.map(showDay),
  }
}

function showMonth({ month, uptime, exact, from, isWhole, downMs, measuredMs }: MonthUptime) {
  return {
    month,
    uptime: uptime ?? null,
    exact: `${exact.numerator}/${exact.denominator}`,
    from,
    whole: isWhole,
    downSeconds: downMs / 1000,
    measuredSeconds: measuredMs / 1000,
  }
}

function showDay({ day, kind, downMs, measuredMs, maintenanceMs }: HistoryDay) {
  return {
    date: day,
    kind,
    downSeconds: downMs / 1000,
    measuredSeconds: measuredMs / 1000,
    maintenanceSeconds: maintenanceMs / 1000,
  }
}

function showIncident({ id, title, impact, status, component, ...rest }: StatusIncident) {
  return {
    id,
    title,
    impact,
    status,
    component: component ?? null,
    startedAt: iso(rest.startedMs),
    resolvedAt: isoOrNull(rest.resolvedMs),
    updates: rest.updates.map(({ atMs, status: then, text, of }) => ({
      at: iso(atMs),
      status: then,
      text,
      of: of ?? null,
    })),
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

function isoOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : iso(ms)
}
