import type { Transaction } from 'kysely'
import { newId } from '../../identity/credentials.ts'
import { addEvent } from '../../store/events.ts'
import {
  type Incident,
  type IncidentImpact,
  type IncidentStatus,
  addIncident,
  addIncidentUpdate,
  changeIncident,
  incidentImpacts,
  moveMerged,
} from '../../store/incidents.ts'
import type { Schema } from '../../store/schema.ts'
import { instantText } from '../api/instants.ts'

/** What is done with incidents, by people and by Weir itself: each with a line of the timeline and an event. */
interface Said {
  readonly text: string
  readonly author: string
  readonly atMs: number
}

export async function openIncident(
  trx: Transaction<Schema>,
  wanted: Pick<Incident, 'title' | 'impact' | 'source' | 'component' | 'startedMs'> & {
    readonly status: IncidentStatus
  },
  said: Said,
): Promise<Incident> {
  const incident: Incident = {
    ...wanted,
    id: newId('inc'),
    resolvedMs: undefined,
    mergedInto: undefined,
    createdMs: said.atMs,
  }
  await addIncident(trx, incident)
  await tell(trx, 'incident.opened', incident, said)
  return incident
}

export async function updateIncident(
  trx: Transaction<Schema>,
  incident: Incident,
  changed: { readonly status: IncidentStatus; readonly impact?: IncidentImpact | undefined },
  said: Said,
): Promise<Incident> {
  const { status, impact = incident.impact } = changed
  await changeIncident(trx, incident.id, { status, impact })
  const now = { ...incident, status, impact }
  await tell(trx, 'incident.updated', now, said)
  return now
}

/** `resolvedMs`: when the outage ended, which may be before it is said. */
export async function resolveIncident(
  trx: Transaction<Schema>,
  incident: Incident,
  resolvedMs: number,
  said: Said,
): Promise<Incident> {
  const changed = { status: 'resolved' as const, resolvedMs }
  await changeIncident(trx, incident.id, changed)
  await tell(trx, 'incident.resolved', { ...incident, ...changed }, said)
  return { ...incident, ...changed }
}

/**
 * One outage that was opened twice: it is told of in `into` from now on, from the earlier start and with the worse impact;
 * where both are over, up to the later end. The last line of the other's timeline says where it goes on.
 */
export async function mergeIncident(
  trx: Transaction<Schema>,
  incident: Incident,
  into: Incident,
  { author, atMs }: Omit<Said, 'text'>,
): Promise<Incident> {
  const gone = {
    status: 'resolved' as const,
    resolvedMs: incident.resolvedMs ?? atMs,
    mergedInto: into.id,
  }
  await changeIncident(trx, incident.id, gone)
  await moveMerged(trx, incident.id, into.id)
  const text = `This is the same outage as “${into.title}” and is told of there.`
  await tell(trx, 'incident.resolved', { ...incident, ...gone }, { text, author, atMs })
  const grown = {
    startedMs: Math.min(into.startedMs, incident.startedMs),
    impact: worse(into.impact, incident.impact),
    ...(into.resolvedMs !== undefined && { resolvedMs: Math.max(into.resolvedMs, gone.resolvedMs) }),
  }
  await changeIncident(trx, into.id, grown)
  const told = `“${incident.title}” is the same outage: what was told of it stands here too.`
  await tell(trx, 'incident.updated', { ...into, ...grown }, { text: told, author, atMs })
  return { ...incident, ...gone }
}

function worse(one: IncidentImpact, other: IncidentImpact): IncidentImpact {
  return incidentImpacts.indexOf(one) > incidentImpacts.indexOf(other) ? one : other
}

async function tell(
  trx: Transaction<Schema>,
  type: 'incident.opened' | 'incident.updated' | 'incident.resolved',
  incident: Incident,
  { text, author, atMs }: Said,
): Promise<void> {
  const { id, title, impact, status, component, startedMs, resolvedMs, mergedInto } = incident
  await addIncidentUpdate(trx, id, { atMs, status, text, author })
  await addEvent(trx, {
    type,
    everyone: true,
    atMs,
    data: {
      incident: id,
      title,
      impact,
      status,
      component: component ?? null,
      startedAt: instantText(startedMs),
      resolvedAt: resolvedMs === undefined ? null : instantText(resolvedMs),
      mergedInto: mergedInto ?? null,
      text,
    },
  })
}
