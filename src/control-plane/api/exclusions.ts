import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Kysely } from 'kysely'
import { enumerated } from '../../core/contract/plain-words.ts'
import { monthsOf } from '../../core/time/month.ts'
import { ProblemError } from '../../http/problem.ts'
import { newId } from '../../identity/credentials.ts'
import { closedAmong } from '../../store/closed-months.ts'
import {
  type RecordedExclusion,
  addExclusion,
  exclusionsWithin,
  findExclusion,
  withdrawExclusion,
} from '../../store/exclusions.ts'
import { findOrganization } from '../../store/organizations.ts'
import type { Schema } from '../../store/schema.ts'
import { change } from './change.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { instantText } from './instants.ts'
import { listOf } from './lists.ts'
import { answers, exclusionPath, instant, jsonBody, label, prose } from './route-parts.ts'
import { type Scopes, authorize, notFound } from './scope.ts'
import { askedStretch, refuseOddEnd, stretchQuery, wholeSecond } from './stretches.ts'
import { wrong } from './subscription-rules.ts'

export function exclusionRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(record(scopes), async c => {
    const { reason, start, end, text, organization: organizationId } = c.req.valid('json')
    const author = c.var.actor.id
    if (reason === 'customer' && organizationId === undefined) {
      throw wrong(
        'organization',
        'Name the customer whose own actions they were: without one it would hold for all.',
      )
    }
    const body = await change(deps, c, async (trx, nowMs) => {
      if (organizationId !== undefined && (await findOrganization(trx, organizationId)) === undefined) {
        throw notFound('organization')
      }
      const span = { startMs: wholeSecond('start', start), endMs: wholeSecond('end', end) }
      refuseOddEnd(span.startMs, span.endMs, MOST_DAYS)
      refuseUnknowable(reason, span.startMs, nowMs)
      const exclusion = { id: newId('exc'), organizationId, reason, ...span, text, author, createdMs: nowMs }
      await addExclusion(trx, exclusion)
      const answer = await show(trx, { ...exclusion, withdrawn: undefined }, organizationId)
      const details = { reason, start: answer.start, end: answer.end, closedMonths: answer.closedMonths }
      const audit = { action: 'exclusion.recorded', subject: exclusion.id, organizationId, details }
      return { body: answer, audit }
    })
    return c.json(body, 201)
  })
  api.openapi(list(scopes), async c => {
    const { db } = deps.store
    const query = c.req.valid('query')
    if (query.organization !== undefined) {
      const asked = (await findOrganization(db, query.organization))?.id
      authorize(c.var.actor, 'availability:read', asked, 'organization')
    }
    const organizationId = c.var.actor.organizationId ?? query.organization
    const found = await exclusionsWithin(db, askedStretch(query, deps.clock()), organizationId)
    const items = []
    for (const each of found) items.push(await show(db, each, organizationId ?? each.organizationId))
    return c.json({ items, nextCursor: null }, 200)
  })
  api.openapi(withdraw(scopes), async c => {
    const { exclusion: id } = c.req.valid('param')
    const { reason } = c.req.valid('json')
    const author = c.var.actor.id
    const body = await change(deps, c, async (trx, nowMs) => {
      const found = await findExclusion(trx, id)
      if (found === undefined) throw notFound('exclusion')
      const withdrawn = { atMs: nowMs, author, reason }
      if (!(await withdrawExclusion(trx, id, withdrawn))) throw withdrawnBefore(found)
      const { organizationId } = found
      const audit = { action: 'exclusion.withdrawn', subject: id, organizationId, details: { reason } }
      return { body: await show(trx, { ...found, withdrawn }, organizationId), audit }
    })
    return c.json(body, 200)
  })
}

/** Longer is a mistake in the year rather than an event. */
const MOST_DAYS = 366

const reasons = ['force-majeure', 'customer', 'third-party'] as const

const exclusionAnswer = z
  .object({
    id: z.string().openapi({ example: 'exc_7fa2160c9d8e4b35a1c40d9e' }),
    organization: z.string().nullable().openapi({ description: 'null: it holds for all.' }),
    reason: z.enum(reasons),
    start: z.string(),
    end: z.string(),
    text: z.string(),
    author: z.string(),
    createdAt: z.string(),
    withdrawn: z.object({ at: z.string(), author: z.string(), reason: z.string() }).nullable(),
    closedMonths: z.array(z.string()).openapi({
      description:
        'Months in it that are closed: for the organization, or for at least one if it holds for all.',
    }),
    note: z.string().nullable().openapi({ description: 'What that means.' }),
  })
  .openapi('Exclusion')

const common = { tags: ['availability'] }

const record = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'post',
    path: '/api/exclusions',
    middleware: scopes.provider('availability:write'),
    summary: 'Exclude time from the SLA',
    description:
      'For one organization, or without one for all; to the second, and visible to whom it is about. In a month that is closed it lowers no credit that was given: the answer says so.',
    request: {
      body: jsonBody(
        z.strictObject({
          reason: z.enum(reasons, `Must be one of ${reasons.join(', ')}.`).openapi({
            description: 'Force majeure, the customer’s own actions, or a third party.',
          }),
          start: instant,
          end: instant,
          text: prose(2000).openapi({ example: 'The region’s power grid failed.' }),
          organization: z.string().optional(),
        }),
      ),
    },
    responses: answers(201, 'The exclusion.', exclusionAnswer),
  })

const list = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'get',
    path: '/api/exclusions',
    middleware: scopes.anyone('availability:read'),
    summary: 'List exclusions',
    description:
      'Those of which some lies in the stretch, by their start; withdrawn ones too. A customer sees its own and those for all.',
    request: { query: stretchQuery.extend({ organization: z.string().optional() }) },
    responses: answers(200, 'All of them: there is no other page.', listOf(exclusionAnswer)),
  })

const withdraw = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'post',
    path: '/api/exclusions/{exclusion}/withdraw',
    middleware: scopes.provider('availability:write'),
    summary: 'Withdraw an exclusion',
    description:
      'The time counts again, and the exclusion stays visible with the reason for which it was withdrawn.',
    request: { params: exclusionPath, body: jsonBody(z.strictObject({ reason: label(500) })) },
    responses: answers(200, 'The exclusion as it is now.', exclusionAnswer),
  })

/** Nobody can say ahead that a power grid will fail; what customers do themselves they may say in time. */
function refuseUnknowable(reason: (typeof reasons)[number], startMs: number, nowMs: number): void {
  const latestMs = reason === 'customer' ? nowMs + MOST_DAYS * 86_400_000 : nowMs
  if (startMs <= latestMs) return
  const why =
    reason === 'customer'
      ? `Lies more than ${MOST_DAYS} days ahead`
      : `Lies ahead, and ${reason} is recorded once it has begun`
  throw wrong('start', `${why}: give an instant up to ${instantText(latestMs)}.`)
}

function withdrawnBefore({ withdrawn }: RecordedExclusion): ProblemError {
  const at = withdrawn === undefined ? '' : ` at ${instantText(withdrawn.atMs)} by ${withdrawn.author}`
  return new ProblemError('conflict', `The exclusion was withdrawn${at} already.`)
}

/** `forWhom`: whose closed months are named; undefined: those that are closed for anyone. */
async function show(
  db: Kysely<Schema>,
  exclusion: RecordedExclusion,
  forWhom: string | undefined,
): Promise<z.output<typeof exclusionAnswer>> {
  const { id, organizationId, reason, startMs, endMs, text, author, createdMs, withdrawn } = exclusion
  const closedMonths = await closedAmong(db, monthsOf({ startMs, endMs }), forWhom)
  return {
    id,
    organization: organizationId ?? null,
    reason,
    start: instantText(startMs),
    end: instantText(endMs),
    text,
    author,
    createdAt: instantText(createdMs),
    withdrawn:
      withdrawn === undefined
        ? null
        : { at: instantText(withdrawn.atMs), author: withdrawn.author, reason: withdrawn.reason },
    closedMonths,
    note: closedMonths.length === 0 ? null : closedNote(closedMonths, forWhom === undefined),
  }
}

function closedNote(months: readonly string[], forAll: boolean): string {
  const whom = forAll ? ' for at least one organization' : ''
  return `Closed${whom}: ${enumerated(months)}. A credit that was given for a closed month is not lowered by an exclusion; that takes a person and a reason.`
}
