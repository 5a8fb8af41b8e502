import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { findOrganization } from '../../store/organizations.ts'
import { spanName } from '../availability/claimed-span.ts'
import { change } from './change.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { fileClaim } from './file-claim.ts'
import { instantText } from './instants.ts'
import { reportedSpan } from './reported-span.ts'
import { answers, instant, jsonBody, label } from './route-parts.ts'
import { authorize, type Scopes } from './scope.ts'
import { showSpan, spanAnswer } from './span-answers.ts'
import { wrong } from './subscription-rules.ts'

export function ticketRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(open(scopes), async c => {
    const { kind, organization, incident, downAt, subject, text } = c.req.valid('json')
    const { actor } = c.var
    if (kind !== 'claim') {
      throw wrong('kind', `Tickets of the kind ${kind} come later; this Weir takes claims.`)
    }
    if ((incident === undefined) === (downAt === undefined)) {
      throw wrong(
        'incident',
        'A claim names the incident it is for, or as `downAt` an instant of down time in its report.',
      )
    }
    const wanted = organization ?? actor.organizationId
    if (wanted === undefined) throw wrong('organization', 'Name the organization whose claim it is.')
    const { db } = deps.store
    authorize(actor, 'tickets:write', (await findOrganization(db, wanted))?.id, 'organization')
    const span = downAt && (await reportedSpan(deps, wanted, Date.parse(downAt), deps.clock()))
    const named = span ? spanName(span) : (incident ?? '')
    const body = await change(deps, c, async (trx, nowMs) => {
      const asked = { organizationId: wanted, incident: named, subject, text, author: actor.id }
      const { claim, untilMs, months, because } = await fileClaim(trx, deps.agreements, asked, nowMs)
      const { id, accepted } = claim
      const audit = {
        action: 'claim.filed',
        subject: id,
        organizationId: wanted,
        details: { incident: named, accepted, months },
      }
      const until = untilMs === undefined ? null : instantText(untilMs)
      const told = { accepted, until, months, span: span ? showSpan(span) : null }
      return { body: { id, dueAt: null, because, claim: told }, audit }
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
  downAt: instant.optional().openapi({
    description: 'Of a claim, instead of an incident: an instant of down time that counts in the report.',
  }),
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
      span: spanAnswer.nullable().openapi({ description: 'The down time claimed; null: an incident is.' }),
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
      'For now a claim: where credits are not given unasked, it names an incident, or down time of its own report, and opens each month that this touches.',
    request: { body: jsonBody(newTicket) },
    responses: answers(201, 'What became of it.', ticketAnswer),
  })
