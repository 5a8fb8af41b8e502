import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { findOrganization } from '../../store/organizations.ts'
import { change } from './change.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { fileClaim } from './file-claim.ts'
import { instantText } from './instants.ts'
import { answers, jsonBody, label } from './route-parts.ts'
import { authorize, type Scopes } from './scope.ts'
import { wrong } from './subscription-rules.ts'

export function ticketRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(open(scopes), async c => {
    const { kind, organization, incident, subject, text } = c.req.valid('json')
    const { actor } = c.var
    if (kind !== 'claim') {
      throw wrong('kind', `Tickets of the kind ${kind} come later; this Weir takes claims.`)
    }
    if (incident === undefined) throw wrong('incident', 'A claim names the incident it is for.')
    const wanted = organization ?? actor.organizationId
    if (wanted === undefined) throw wrong('organization', 'Name the organization whose claim it is.')
    const body = await change(deps, c, async (trx, nowMs) => {
      const found = await findOrganization(trx, wanted)
      authorize(actor, 'tickets:write', found?.id, 'organization')
      const asked = { organizationId: wanted, incident, subject, text, author: actor.id }
      const { claim, untilMs, months, because } = await fileClaim(trx, deps.agreements, asked, nowMs)
      const { id, accepted } = claim
      const audit = {
        action: 'claim.filed',
        subject: id,
        organizationId: wanted,
        details: { incident, accepted, months },
      }
      const until = untilMs === undefined ? null : instantText(untilMs)
      return { body: { id, dueAt: null, because, claim: { accepted, until, months } }, audit }
    })
    return c.json(body, 201)
  })
}

const KINDS = ['question', 'claim', 'limit-increase', 'call-back'] as const

const newTicket = z.strictObject({
  organization: z.string().optional().openapi({ description: 'For the provider: whose it is.' }),
  kind: z.enum(KINDS).openapi({ example: 'claim' }),
  severity: label(100).optional(),
  subject: label(200).openapi({ example: 'Outage of 12 November' }),
  text: z.string().trim().max(20_000, 'Must have at most 20000 characters.').default(''),
  incident: z.string().max(100).optional().openapi({ description: 'Of a claim: its incident’s id.' }),
  endpoint: z.string().max(200).optional(),
  limit: z.number().int().positive().optional(),
})

const ticketAnswer = z
  .object({
    id: z.string().openapi({ example: 'tkt_5b0f1de1a7c94f6c8a21d9e4' }),
    dueAt: z.string().nullable().openapi({ description: 'null: a claim is decided at once.' }),
    because: z.array(z.string()),
    claim: z.object({
      accepted: z.boolean().openapi({ description: 'It came in time.' }),
      until: z.string().nullable().openapi({ description: 'null: its incident goes on.' }),
      months: z.array(z.string()).openapi({ description: 'Whose credits it opens.' }),
    }),
  })
  .openapi('Ticket')

const open = (scopes: Scopes) =>
  createRoute({
    tags: ['support'],
    method: 'post',
    path: '/api/tickets',
    middleware: scopes.anyone('tickets:write'),
    summary: 'Open a ticket',
    description:
      'For now a claim: where credits are not given unasked, it names an incident and opens each month that this touches.',
    request: { body: jsonBody(newTicket) },
    responses: answers(201, 'What became of it.', ticketAnswer),
  })
