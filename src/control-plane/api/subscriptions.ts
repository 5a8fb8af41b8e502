import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Transaction } from 'kysely'
import { arrangementsOf } from '../../core/pricing/arrangement.ts'
import { changeBegins } from '../../core/pricing/change-begins.ts'
import { ProblemError } from '../../http/problem.ts'
import { newId } from '../../identity/credentials.ts'
import { addEvent } from '../../store/events.ts'
import type { Organization } from '../../store/organizations.ts'
import type { Schema } from '../../store/schema.ts'
import {
  addSubscription,
  countHolders,
  currentSubscription,
  type Subscription,
  subscriptionsOf,
} from '../../store/subscriptions.ts'
import { change } from './change.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { effectiveFrom, instantText } from './instants.ts'
import { answers, instant, jsonBody, organizationPath } from './route-parts.ts'
import type { Scopes } from './scope.ts'
import {
  type ChosenSubscription,
  chooseSubscription,
  refuseIneligible,
  undeclaredByOrganization,
} from './subscription-rules.ts'

export function subscriptionRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(put(scopes), async c => {
    const wanted = c.req.valid('json')
    const { organization } = c.var
    return c.json(
      await change(deps, c, (trx, nowMs) =>
        subscribe(deps, trx, organization, wanted, { nowMs, author: c.var.actor.id }),
      ),
      200,
    )
  })
}

const wantedSubscription = z.strictObject({
  plan: z.string().openapi({ example: 'growth' }),
  supportPlan: z.string().optional().openapi({ description: 'The plan’s own, if left out.' }),
  addOns: z.array(z.string()).max(20).optional().openapi({ example: [] }),
  interval: z.enum(['monthly', 'annual']).optional().openapi({ example: 'monthly' }),
  from: instant.optional().openapi({
    description:
      'Now, if left out; if the year then costs less, the start of the next UTC month, or the end of a year that was paid ahead. It may go back to the start of the running month.',
  }),
})

export const subscriptionAnswer = z
  .object({
    id: z.string(),
    plan: z.string().openapi({ example: 'growth' }),
    supportPlan: z.string().openapi({ example: 'business' }),
    addOns: z.array(z.string()),
    interval: z.enum(['monthly', 'annual']),
    from: z.string().openapi({ example: '2026-11-01T00:00:00.000Z' }),
  })
  .openapi('Subscription')

const put = (scopes: Scopes) =>
  createRoute({
    tags: ['organizations'],
    method: 'put',
    path: '/api/organizations/{organization}/subscription',
    middleware: scopes.organization('subscription:write'),
    summary: 'Choose a plan',
    description:
      'Takes the place of whatever was scheduled from that instant on. What held before stays as history: `GET …/subscriptions`. A plan with `eligibility` needs that the organization has declared what it asks for.',
    request: { params: organizationPath, body: jsonBody(wantedSubscription) },
    responses: answers(
      200,
      'What holds now, and what is scheduled.',
      z.object({
        subscription: z.union([subscriptionAnswer, z.null()]),
        scheduled: z.array(subscriptionAnswer),
      }),
    ),
  })

async function subscribe(
  deps: ControlDeps,
  trx: Transaction<Schema>,
  organization: Organization,
  wanted: z.output<typeof wantedSubscription>,
  { nowMs, author }: { readonly nowMs: number; readonly author: string },
) {
  const { id } = organization
  const { contract } = deps.contracts.inForce()
  const chosen = chooseSubscription(contract, wanted)
  const seatsTaken = await countHolders(trx, chosen.plan, nowMs, id)
  refuseIneligible(chosen.plan, contract.plans[chosen.plan], organization.eligibility, {
    seatsTaken,
    undeclared: undeclaredByOrganization,
  })
  const soonest = await soonestFor(deps, trx, id, chosen, nowMs)
  const fromMs = wanted.from === undefined ? soonest : effectiveFrom(wanted.from, nowMs)
  const subscription = newId('sub')
  await addSubscription(trx, {
    ...chosen,
    id: subscription,
    organizationId: id,
    fromMs,
    createdMs: nowMs,
    author,
  })
  const details = { ...chosen, from: instantText(fromMs) }
  const data = { subscription, ...details }
  await addEvent(trx, { type: 'subscription.changed', organizationId: id, atMs: nowMs, data })
  return {
    body: showSubscriptions(await subscriptionsOf(trx, id), nowMs),
    audit: { action: 'subscription.changed', subject: id, organizationId: id, details },
  }
}

/** When a change begins that names no date: by what a year costs before and after, and what was paid ahead. */
async function soonestFor(
  deps: ControlDeps,
  trx: Transaction<Schema>,
  organizationId: string,
  chosen: ChosenSubscription,
  nowMs: number,
): Promise<number> {
  const { facts, arrangements, leftMs } = await deps.agreements.of(trx, organizationId)
  if (leftMs !== undefined && leftMs <= nowMs) {
    throw new ProblemError('conflict', `The organization left at ${instantText(leftMs)}.`)
  }
  const before = facts.subscriptions.filter(({ fromMs }) => fromMs < nowMs)
  const subscriptions = [...before, { ...chosen, fromMs: nowMs }]
  const changed = arrangementsOf({ ...facts, subscriptions, endedMs: undefined })
  const wanted = changed.find(({ startMs, endMs }) => startMs <= nowMs && nowMs < endMs)
  return wanted === undefined ? nowMs : changeBegins(arrangements, wanted, nowMs)
}

/** The one that holds now, and those to come. */
export function showSubscriptions(subscriptions: readonly Subscription[], nowMs: number) {
  const current = currentSubscription(subscriptions, nowMs)
  const later = subscriptions.filter(each => each.fromMs > nowMs && each !== current)
  return {
    subscription: current === undefined ? null : showSubscription(current),
    scheduled: later.map(showSubscription),
  }
}

export function showSubscription({ id, plan, supportPlan, addOns, interval, fromMs }: Subscription) {
  return { id, plan, supportPlan, addOns: [...addOns], interval, from: instantText(fromMs) }
}
