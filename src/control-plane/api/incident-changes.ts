import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { ProblemError } from '../../http/problem.ts'
import { type Incident, incidentStatuses } from '../../store/incidents.ts'
import { mergeIncident, resolveIncident, updateIncident } from '../availability/incident-changes.ts'
import { change } from './change.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { impact, incidentWithTimeline } from './incident-answer.ts'
import { incidentOf, pastInstant, withTimeline } from './incidents.ts'
import { instantText } from './instants.ts'
import { answers, incidentPath, instant, jsonBody, prose } from './route-parts.ts'
import type { Scopes } from './scope.ts'
import { wrong } from './subscription-rules.ts'

export function incidentChangeRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(update(scopes), async c => {
    const { incident: id } = c.req.valid('param')
    const { text, status, impact: how } = c.req.valid('json')
    const author = c.var.actor.id
    const body = await change(deps, c, async (trx, nowMs) => {
      const incident = await incidentOf(trx, id)
      refuseMerged(incident)
      refuseStatus(incident, status)
      const now = await updateIncident(trx, incident, { status, impact: how }, { text, author, atMs: nowMs })
      const details = { status, impact: now.impact }
      return { body: await withTimeline(trx, now), audit: told('incident.updated', id, details) }
    })
    return c.json(body, 200)
  })
  api.openapi(resolve(scopes), async c => {
    const { incident: id } = c.req.valid('param')
    const { text = 'The incident is over.', resolvedAt } = c.req.valid('json')
    const author = c.var.actor.id
    const body = await change(deps, c, async (trx, nowMs) => {
      const incident = await incidentOf(trx, id)
      refuseMerged(incident)
      if (incident.resolvedMs !== undefined) throw over(incident)
      const resolvedMs = pastInstant('resolvedAt', resolvedAt, nowMs)
      if (resolvedMs < incident.startedMs) {
        throw wrong('resolvedAt', `The incident began at ${instantText(incident.startedMs)}.`)
      }
      const now = await resolveIncident(trx, incident, resolvedMs, { text, author, atMs: nowMs })
      const details = { resolvedAt: instantText(resolvedMs) }
      return { body: await withTimeline(trx, now), audit: told('incident.resolved', id, details) }
    })
    return c.json(body, 200)
  })
  api.openapi(merge(scopes), async c => {
    const { incident: id } = c.req.valid('param')
    const { into } = c.req.valid('json')
    const author = c.var.actor.id
    const body = await change(deps, c, async (trx, nowMs) => {
      const incident = await incidentOf(trx, id)
      refuseMerged(incident)
      if (into === id) throw wrong('into', 'An incident cannot be merged into itself.')
      const target = await incidentOf(trx, into)
      refuseMerged(target)
      if (target.resolvedMs !== undefined && incident.resolvedMs === undefined) throw goesOn(incident, target)
      const now = await mergeIncident(trx, incident, target, { author, atMs: nowMs })
      return { body: await withTimeline(trx, now), audit: told('incident.merged', id, { into }) }
    })
    return c.json(body, 200)
  })
}

const common = { tags: ['availability'], method: 'post' as const }
const answer = answers(200, 'The incident with its timeline.', incidentWithTimeline)

const update = (scopes: Scopes) =>
  createRoute({
    ...common,
    path: '/api/incidents/{incident}/updates',
    middleware: scopes.provider('availability:write'),
    summary: 'Tell the news of an incident',
    description: 'After it is over, an update of status `resolved` can tell what had happened.',
    request: {
      params: incidentPath,
      body: jsonBody(
        z.strictObject({
          text: prose(5000).openapi({ example: 'A full disk; it is being made larger.' }),
          status: z.enum(incidentStatuses, `Must be one of ${incidentStatuses.join(', ')}.`),
          impact: impact.optional().openapi({ description: 'As it was if left out.' }),
        }),
      ),
    },
    responses: answer,
  })

const resolve = (scopes: Scopes) =>
  createRoute({
    ...common,
    path: '/api/incidents/{incident}/resolve',
    middleware: scopes.provider('availability:write'),
    summary: 'Resolve an incident',
    description: 'The day on which the outage ended is the one from which the days for a claim are counted.',
    request: {
      params: incidentPath,
      body: {
        required: false,
        content: {
          'application/json': {
            schema: z.strictObject({
              text: prose(5000).optional(),
              resolvedAt: instant.optional().openapi({ description: 'Now if left out.' }),
            }),
          },
        },
      },
    },
    responses: answer,
  })

const merge = (scopes: Scopes) =>
  createRoute({
    ...common,
    path: '/api/incidents/{incident}/merge',
    middleware: scopes.provider('availability:write'),
    summary: 'Merge an incident into another one',
    description:
      'The other one takes the earlier start, the worse impact and, where both are over, the later end; a claim that names either names it. One that goes on cannot be merged into one that is over.',
    request: { params: incidentPath, body: jsonBody(z.strictObject({ into: z.string() })) },
    responses: answer,
  })

function refuseStatus(incident: Incident, status: Incident['status']): void {
  const isOver = incident.resolvedMs !== undefined
  if (isOver === (status === 'resolved')) return
  throw wrong(
    'status',
    isOver
      ? 'The incident is over, and what is told of it now has the status resolved. If it is down again, open another one.'
      : `An incident is resolved with POST /api/incidents/${incident.id}/resolve.`,
  )
}

function refuseMerged({ id, mergedInto }: Incident): void {
  if (mergedInto === undefined) return
  throw new ProblemError('conflict', `${id} was merged into ${mergedInto}; use that one.`)
}

function over({ id, resolvedMs = 0 }: Incident): ProblemError {
  return new ProblemError('conflict', `${id} was over at ${instantText(resolvedMs)}.`)
}

function goesOn({ id }: Incident, { id: into }: Incident): ProblemError {
  return new ProblemError('conflict', `${id} goes on and ${into} is over: merge ${into} into ${id} instead.`)
}

function told(action: string, subject: string, details: Readonly<Record<string, unknown>>) {
  return { action, subject, organizationId: undefined, details }
}
