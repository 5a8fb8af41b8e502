import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { leavingOf } from '../../store/leavings.ts'
import { memberNames } from '../../store/members.ts'
import {
  currentSubscription,
  type DecidedSubscription,
  everySubscription,
} from '../../store/subscriptions.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { instantText } from './instants.ts'
import { isProvider, personFields, showPerson } from './people.ts'
import { answers, organizationPath } from './route-parts.ts'
import type { Scopes } from './scope.ts'
import { showSubscription, subscriptionAnswer } from './subscriptions.ts'

/** What was ever decided about an organization's plan, also what never came to hold. */
export function subscriptionHistoryRoutes(
  api: OpenAPIHono<ApiEnv>,
  { store: { db }, clock }: ControlDeps,
  scopes: Scopes,
): void {
  api.openapi(list(scopes), async c => {
    const { id } = c.var.organization
    const all = await everySubscription(db, id)
    const nameOf = await memberNames(
      db,
      all.flatMap(({ author }) => author ?? []),
    )
    const placeOf = placesOf(all, (await leavingOf(db, id))?.atMs, clock())
    const toProvider = isProvider(c.var.actor)
    const items = all.map(each => ({
      ...showSubscription(each),
      ...placeOf(each),
      decidedAt: instantText(each.createdMs),
      ...(each.author === undefined ? NOBODY : showPerson(each.author, nameOf, toProvider)),
      supersededAt: each.supersededMs === undefined ? null : instantText(each.supersededMs),
    }))
    return c.json({ items }, 200)
  })
}

const NOBODY = { author: null, authorName: null }

const decided = subscriptionAnswer
  .extend({
    state: z.enum(['past', 'current', 'scheduled', 'superseded']).openapi({
      description: '`superseded`: a later decision took its place, from its beginning; it is billed nowhere.',
    }),
    until: z.string().nullable().openapi({
      description: 'Up to here it holds, this instant not; null: no end is known, or superseded.',
    }),
    decidedAt: z.string(),
    ...personFields,
    supersededAt: z.string().nullable().openapi({ description: 'When the decision in its place was made.' }),
  })
  .openapi('DecidedSubscription')

const list = (scopes: Scopes) =>
  createRoute({
    tags: ['organizations'],
    method: 'get',
    path: '/api/organizations/{organization}/subscriptions',
    middleware: scopes.organization('organizations:read'),
    summary: 'What was decided about the plan, from the first on',
    description:
      'Past, current and scheduled subscriptions and those that were superseded, by the instant from which they were to hold.',
    request: { params: organizationPath },
    responses: answers(
      200,
      'All decisions, with when and by whom each was made.',
      z.object({ items: z.array(decided) }),
    ),
  })

/** Which of them hold when: each until the next that was not superseded, or until the organization leaves. */
function placesOf(all: readonly DecidedSubscription[], leftMs: number | undefined, nowMs: number) {
  const held = all.filter(({ supersededMs }) => supersededMs === undefined)
  const current = currentSubscription(held, nowMs)
  return (each: DecidedSubscription) => {
    if (each.supersededMs !== undefined) return { state: 'superseded', until: null } as const
    const next = held[held.indexOf(each) + 1]
    const ends = [next?.fromMs, leftMs].filter(ms => ms !== undefined)
    const untilMs = ends.length === 0 ? undefined : Math.min(...ends)
    const until = untilMs === undefined ? null : instantText(Math.max(untilMs, each.fromMs))
    if (untilMs !== undefined && untilMs <= nowMs) return { state: 'past', until } as const
    return { state: each === current && each.fromMs <= nowMs ? 'current' : 'scheduled', until } as const
  }
}
