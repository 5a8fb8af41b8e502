import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { ProblemError } from '../../http/problem.ts'
import { openCommitment } from '../availability/open-commitment.ts'
import { change } from './change.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { month } from './invoices.ts'
import { answers, jsonBody, organizationPath, prose } from './route-parts.ts'
import type { Scopes } from './scope.ts'

export function evidenceOpeningRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(open(scopes), async c => {
    const { id: organizationId } = c.var.organization
    const { reason, ...day } = c.req.valid('json')
    const opening = await openCommitment(deps.store.db, deps.evidenceKey, { organizationId, ...day })
    if ('why' in opening) throw new ProblemError(opening.isMissing ? 'not-found' : 'conflict', opening.why)
    const body = await change(deps, c, async () => {
      const details = { ...day, reason }
      const audit = { action: 'evidence.opened', subject: day.app, organizationId, details }
      return { body: opening, audit }
    })
    return c.json(body, 201)
  })
}

const openingAnswer = z
  .object({
    kind: z.literal('opening'),
    organization: z.string(),
    month: z.string(),
    app: z.string(),
    date: z.string(),
    head: z.string().openapi({ description: 'Of the file that it opens.' }),
    salt: z.string(),
    totals: z.array(z.array(z.number())).openapi({
      description: 'Slice of the day, valid and failed requests of all apps in it.',
    }),
  })
  .openapi('EvidenceOpening')

const open = (scopes: Scopes) =>
  createRoute({
    tags: ['availability'],
    method: 'post',
    path: '/api/organizations/{organization}/sla/evidence/openings',
    middleware: scopes.organization('availability:write'),
    summary: 'Open a commitment of a month’s evidence',
    description:
      'For the provider, when a customer doubts a verdict that all apps together gave: salt and totals of one app’s day, ' +
      'to hand on. It tells what all customers together asked in those slices. `weir verify FILE --opened FILE` checks it. ' +
      'The audit keeps who opened what, and why.',
    request: {
      params: organizationPath,
      body: jsonBody(
        z.strictObject({
          month,
          app: z.string(),
          date: z.iso.date().openapi({ description: 'In the SLA’s timezone.', example: '2026-10-03' }),
          reason: prose(2000),
        }),
      ),
    },
    responses: answers(201, 'The opening.', openingAnswer),
  })
