import type { Kysely } from 'kysely'
import { isAnnouncedLate } from '../../core/availability/maintenance.ts'
import { monthsLater } from '../../core/time/month.ts'
import { utcMonth } from '../../core/time/utc-month.ts'
import { type EvidenceHead, evidenceHeads, newestEvidenceFile } from '../../store/evidence.ts'
import {
  type Incident,
  type IncidentUpdate,
  incidentsSince,
  mergedIncidents,
  timelinesOf,
} from '../../store/incidents.ts'
import { type MaintenanceWindow, maintenanceWithin } from '../../store/maintenance.ts'
import type { Schema } from '../../store/schema.ts'
import type { SignatureRecord } from '../../core/evidence/signature.ts'
import { noticeHoursOf } from '../availability/maintenance-notice.ts'
import type { Agreements } from '../invoicing/agreement.ts'
import type { MaintenancePhase, StatusIncident, StatusMaintenance } from './status-facts.ts'

/** So many months of evidence are listed. */
const EVIDENCE_MONTHS = 24

export async function readEvidenceHeads(db: Kysely<Schema>, nowMs: number): Promise<readonly EvidenceHead[]> {
  return evidenceHeads(db, utcMonth(monthsLater(nowMs, -EVIDENCE_MONTHS)))
}

/** The public key of the newest file, which each file names in its last line; undefined: nothing was signed yet. */
export async function signedBy(db: Kysely<Schema>): Promise<string | undefined> {
  const file = await newestEvidenceFile(db)
  if (file === undefined) return undefined
  const lines = new TextDecoder().decode(file).trimEnd().split('\n')
  const { publicKey } = JSON.parse(lines.at(-1) ?? '') as SignatureRecord
  return publicKey
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
  const merged = await mergedIncidents(db, ids)
  const timelines = await timelinesOf(db, [...ids, ...merged.map(({ id }) => id)])
  const by = Map.groupBy(merged, ({ mergedInto }) => mergedInto)
  const incidents = found.map(each => {
    const own = (timelines.get(each.id) ?? []).map(update => publicUpdate(update))
    const others = (by.get(each.id) ?? []).flatMap(({ id, title }) =>
      // The last line of what was merged only says where it is told of, which is here.
      (timelines.get(id) ?? []).slice(0, -1).map(update => publicUpdate(update, title)),
    )
    return publicIncident(
      each,
      [...own, ...others].toSorted((a, b) => a.atMs - b.atMs),
    )
  })
  return { incidents, merged: new Map(merged.map(({ id, mergedInto = id }) => [id, mergedInto])) }
}

function publicIncident(
  { id, title, impact, status, component, startedMs, resolvedMs }: Incident,
  updates: StatusIncident['updates'],
): StatusIncident {
  return { id, title, impact, status, component, startedMs, resolvedMs, updates }
}

function publicUpdate(
  { atMs, status, text }: IncidentUpdate,
  of?: string,
): StatusIncident['updates'][number] {
  return { atMs, status, text, of }
}

interface MaintenanceAsked {
  /** What says how early work has to be announced. */
  readonly agreements: Pick<Agreements, 'versions'>
  readonly sinceMs: number
  readonly nowMs: number
}

/** The windows of the days shown and of the year to come. */
export async function readMaintenance(
  db: Kysely<Schema>,
  { agreements, sinceMs, nowMs }: MaintenanceAsked,
): Promise<StatusMaintenance[]> {
  const windows = await maintenanceWithin(db, { fromMs: sinceMs, toMs: nowMs + YEAR_MS })
  const versions = windows.length === 0 ? [] : await agreements.versions(db)
  return windows.map(window => {
    const { id, title, startMs, endMs, announcedMs, cancelledMs } = window
    const countsAgainstSla = isAnnouncedLate(window, noticeHoursOf(versions, window))
    const phase = phaseOf(window, nowMs)
    return { id, title, startMs, endMs, announcedMs, cancelledMs, countsAgainstSla, phase }
  })
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
