import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Kysely } from 'kysely'
import { findIncident, incidentUpdates, listIncidents, mergedIncidents } from '../../store/incidents.ts'
import type { Incident } from '../../store/incidents.ts'
import type { Schema } from '../../store/schema.ts'
import { openIncident } from '../availability/incident-changes.ts'
import { change } from './change.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import {
  impact,
  incidentAnswer,
  incidentWithTimeline,
  showIncident,
  showTimeline,
} from './incident-answer.ts'
import { instantText } from './instants.ts'
import { noSuch } from './limit-names.ts'
import { listAnswer, listOf, pageOf, pageQuery } from './lists.ts'
import { answers, incidentPath, instant, jsonBody, label, prose } from './route-parts.ts'
import { type Scopes, notFound } from './scope.ts'
import { wrong } from './subscription-rules.ts'

export function incidentRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  const { db } = deps.store
  api.openapi(open(scopes), async c => {
    const { title, impact: how, startedAt, text = title, status, component } = c.req.valid('json')
    const author = c.var.actor.id
    const body = await change(deps, c, async (trx, nowMs) => {
      refuseUnknown(deps, component)
      const startedMs = pastInstant('startedAt', startedAt, nowMs)
      refuseLongAgo(startedMs, nowMs)
      const wanted = { title, impact: how, status, component, startedMs, source: 'person' as const }
      const incident = await openIncident(trx, wanted, { text, author, atMs: nowMs })
      const details = { title, impact: how, startedAt: instantText(startedMs) }
      const audit = { action: 'incident.opened', subject: incident.id, organizationId: undefined, details }
      return { body: await withTimeline(trx, incident), audit }
    })
    return c.json(body, 201)
  })
  api.openapi(list(scopes), async c => {
    const query = c.req.valid('query')
    const isOpen = query.open === undefined ? undefined : query.open === 'true'
    const rows = await listIncidents(db, { ...pageOf(query), open: isOpen })
    return c.json(
      listAnswer(rows, query, ({ startedMs, id }) => ({ ms: startedMs, id }), showIncident),
      200,
    )
  })
  api.openapi(readOne(scopes), async c => {
    const incident = await incidentOf(db, c.req.valid('param').incident)
    return c.json(await withTimeline(db, incident), 200)
  })
}

const common = { tags: ['availability'] }

const newIncident = z.strictObject({
  title: label(200).openapi({ example: 'Messages are delivered late' }),
  impact,
  startedAt: instant.optional().openapi({
    description: 'Now if left out; at most 366 days back.',
  }),
  text: prose(5000)
    .optional()
    .openapi({ description: 'The first line of the timeline; the title if left out.' }),
  status: z
    .enum(['investigating', 'identified', 'monitoring'], 'Must be investigating, identified or monitoring.')
    .default('investigating'),
  component: z
    .string()
    .optional()
    .openapi({ description: 'A group of `availability.groups`; the whole platform if left out.' }),
})

const open = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'post',
    path: '/api/incidents',
    middleware: scopes.provider('availability:write'),
    summary: 'Open an incident',
    description: 'Everyone is told of it. Incidents also open by themselves, when slices go down.',
    request: { body: jsonBody(newIncident) },
    responses: answers(201, 'The incident with its timeline.', incidentWithTimeline),
  })

const list = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'get',
    path: '/api/incidents',
    middleware: scopes.anyone('availability:read'),
    summary: 'List incidents',
    description: 'Newest first.',
    request: {
      query: pageQuery.extend({
        open: z
          .enum(['true', 'false'])
          .optional()
          .openapi({ description: 'Only those that go on, or only those that are over.' }),
      }),
    },
    responses: answers(200, 'A page of incidents.', listOf(incidentAnswer)),
  })

const readOne = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'get',
    path: '/api/incidents/{incident}',
    middleware: scopes.anyone('availability:read'),
    summary: 'Read an incident with its timeline',
    request: { params: incidentPath },
    responses: answers(200, 'The incident.', incidentWithTimeline),
  })

/** An instant that is not to come; now if none is given. */
export function pastInstant(path: string, text: string | undefined, nowMs: number): number {
  const atMs = text === undefined ? nowMs : Date.parse(text)
  if (atMs <= nowMs) return atMs
  throw wrong(path, `Lies ahead: give an instant up to ${instantText(nowMs)}, or leave it out for now.`)
}

/** Longer ago is a mistake in the year: a claim on it would open every month since. */
const MOST_DAYS_AGO = 366

function refuseLongAgo(startedMs: number, nowMs: number): void {
  const earliestMs = nowMs - MOST_DAYS_AGO * 86_400_000
  if (startedMs >= earliestMs) return
  throw wrong(
    'startedAt',
    `Lies more than ${MOST_DAYS_AGO} days back: give an instant from ${instantText(earliestMs)} on.`,
  )
}

function refuseUnknown({ contracts }: ControlDeps, component: string | undefined): void {
  const groups = Object.keys(contracts.inForce().contract.availability.groups)
  if (component === undefined || groups.includes(component)) return
  const hint =
    groups.length === 0
      ? 'The contract has no `availability.groups`: leave it out, then it is about the whole platform.'
      : noSuch('group', component, groups)
  throw wrong('component', hint)
}

export async function incidentOf(db: Kysely<Schema>, id: string): Promise<Incident> {
  const incident = await findIncident(db, id)
  if (incident === undefined) throw notFound('incident')
  return incident
}

export async function withTimeline(db: Kysely<Schema>, incident: Incident) {
  const merged = await mergedIncidents(db, [incident.id])
  return showTimeline(incident, await incidentUpdates(db, incident.id), merged)
}
