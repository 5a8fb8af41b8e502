import type { Kysely } from 'kysely'
import { monthsLater } from '../../core/time/month.ts'
import { utcMonth } from '../../core/time/utc-month.ts'
import { type EvidenceHead, evidenceHeads } from '../../store/evidence.ts'
import { type Incident, incidentsSince, mergedIncidents, timelinesOf } from '../../store/incidents.ts'
import { type MaintenanceWindow, maintenanceWithin } from '../../store/maintenance.ts'
import type { Schema } from '../../store/schema.ts'
import type { MaintenancePhase, StatusIncident, StatusMaintenance } from './status-facts.ts'

/** So many months of evidence are listed. */
const EVIDENCE_MONTHS = 24

export async function readEvidenceHeads(db: Kysely<Schema>, nowMs: number): Promise<readonly EvidenceHead[]> {
  return evidenceHeads(db, utcMonth(monthsLater(nowMs, -EVIDENCE_MONTHS)))
}

/** More incidents than this within the days shown, and the oldest are left to the control API. */
const MOST_INCIDENTS = 200
const YEAR_MS = 366 * 86_400_000

export async function readIncidents(
  db: Kysely<Schema>,
  sinceMs: number,
): Promise<{ incidents: StatusIncident[]; merged: Map<string, string> }> {
  const found = (await incidentsSince(db, sinceMs)).slice(-MOST_INCIDENTS).toReversed()
  const ids = found.map(({ id }) => id)
  const timelines = await timelinesOf(db, ids)
  const merged = (await mergedIncidents(db, ids)).map(({ id, mergedInto = id }) => [id, mergedInto] as const)
  const incidents = found.map(each => publicIncident(each, timelines.get(each.id) ?? []))
  return { incidents, merged: new Map(merged) }
}

function publicIncident(
  { id, title, impact, status, component, startedMs, resolvedMs }: Incident,
  timeline: StatusIncident['updates'],
): StatusIncident {
  const updates = timeline.map(({ atMs, status: then, text }) => ({ atMs, status: then, text }))
  return { id, title, impact, status, component, startedMs, resolvedMs, updates }
}

/** The windows of the days shown and of the year to come. */
export async function readMaintenance(
  db: Kysely<Schema>,
  { sinceMs, nowMs }: { readonly sinceMs: number; readonly nowMs: number },
): Promise<StatusMaintenance[]> {
  const windows = await maintenanceWithin(db, { fromMs: sinceMs, toMs: nowMs + YEAR_MS })
  return windows.map(({ id, title, startMs, endMs, announcedMs, cancelledMs, ...rest }) => ({
    id,
    title,
    startMs,
    endMs,
    announcedMs,
    cancelledMs,
    phase: phaseOf({ ...rest, id, title, startMs, endMs, announcedMs, cancelledMs }, nowMs),
  }))
}

/** A window that was cancelled while it ran was worked in until then. */
function phaseOf(
  { startMs, endMs, cancelledMs = Infinity }: MaintenanceWindow,
  nowMs: number,
): MaintenancePhase {
  if (cancelledMs <= startMs) return 'cancelled'
  if (nowMs >= Math.min(endMs, cancelledMs)) return 'over'
  return nowMs < startMs ? 'planned' : 'under-way'
}
