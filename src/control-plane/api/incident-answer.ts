import { z } from '@hono/zod-openapi'
import {
  type Incident,
  type IncidentUpdate,
  incidentImpacts,
  incidentStatuses,
} from '../../store/incidents.ts'
import { instantText } from './instants.ts'

export const impact = z
  .enum(incidentImpacts, `Must be one of ${incidentImpacts.join(', ')}.`)
  .openapi({ example: 'major' })

export const incidentAnswer = z
  .object({
    id: z.string().openapi({ example: 'inc_c05e7b41a2964f0d8b3376ee' }),
    title: z.string(),
    impact: z.enum(incidentImpacts),
    status: z.enum(incidentStatuses),
    source: z.enum(['person', 'slices']).openapi({ description: '`slices`: it opened by itself.' }),
    component: z
      .string()
      .nullable()
      .openapi({ description: 'A group of the contract’s; null: the whole platform.' }),
    startedAt: z.string(),
    resolvedAt: z.string().nullable().openapi({ description: 'When the outage ended; null: it goes on.' }),
    mergedInto: z.string().nullable(),
  })
  .openapi('Incident')

export const incidentWithTimeline = incidentAnswer
  .extend({
    updates: z.array(
      z.object({
        number: z.number().int(),
        at: z.string(),
        status: z.enum(incidentStatuses),
        text: z.string(),
        author: z.string().openapi({ description: '`weir` for what it found by itself.' }),
      }),
    ),
    merged: z.array(z.string()).openapi({ description: 'Incidents that were merged into this one.' }),
  })
  .openapi('IncidentWithTimeline')

export function showIncident(incident: Incident): z.output<typeof incidentAnswer> {
  const { id, title, status, source, component, startedMs, resolvedMs, mergedInto } = incident
  return {
    id,
    title,
    impact: incident.impact,
    status,
    source,
    component: component ?? null,
    startedAt: instantText(startedMs),
    resolvedAt: resolvedMs === undefined ? null : instantText(resolvedMs),
    mergedInto: mergedInto ?? null,
  }
}

export function showTimeline(
  incident: Incident,
  updates: readonly IncidentUpdate[],
  merged: readonly Incident[],
): z.output<typeof incidentWithTimeline> {
  return {
    ...showIncident(incident),
    updates: updates.map(({ number, atMs, status, text, author }) => ({
      number,
      at: instantText(atMs),
      status,
      text,
      author,
    })),
    merged: merged.map(({ id }) => id),
  }
}
