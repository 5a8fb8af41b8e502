import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Transaction } from 'kysely'
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
import { effectiveFrom, instantText, startOfNextMonth } from './instants.ts'
import { answers, instant, jsonBody, organizationPath } from './route-parts.ts'
import type { Scopes } from './scope.ts'
import { chooseSubscription, isDowngrade, refuseIneligible } from './subscription-rules.ts'

export function subscriptionRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(put(scopes), async c => {
    const wanted = c.req.valid('json')
    const { organization } = c.var
    return c.json(
      await change(deps, c, (trx, nowMs) => subscribe(deps, trx, organization, wanted, nowMs)),
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
      'Now, if left out; for a plan with a lower price the start of the next UTC month. It may go back to the start of the running month.',
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
      'Takes the place of whatever was scheduled from that instant on. What held before stays as history.',
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
  nowMs: number,
) {
  const { id } = organization
  const { contract } = deps.contracts.inForce()
  const chosen = chooseSubscription(contract, wanted)
  const seatsTaken = await countHolders(trx, chosen.plan, nowMs, id)
  refuseIneligible(chosen.plan, contract.plans[chosen.plan], organization.eligibility, seatsTaken)
  const current = currentSubscription(await subscriptionsOf(trx, id), nowMs)
  const soonest = isDowngrade(contract, current, chosen) ? startOfNextMonth(nowMs) : nowMs
  const fromMs = wanted.from === undefined ? soonest : effectiveFrom(wanted.from, nowMs)
  const subscription = newId('sub')
  await addSubscription(trx, { ...chosen, id: subscription, organizationId: id, fromMs, createdMs: nowMs })
  const details = { ...chosen, from: instantText(fromMs) }
  const data = { subscription, ...details }
  await addEvent(trx, { type: 'subscription.changed', organizationId: id, atMs: nowMs, data })
  return {
    body: showSubscriptions(await subscriptionsOf(trx, id), nowMs),
    audit: { action: 'subscription.changed', subject: id, organizationId: id, details },
  }
}

/** The one that holds now, and those to come. */
export function showSubscriptions(subscriptions: readonly Subscription[], nowMs: number) {
  const current = currentSubscription(subscriptions, nowMs)
  const later = subscriptions.filter(each => each.fromMs > nowMs && each !== current)
  return { subscription: current === undefined ? null : show(current), scheduled: later.map(show) }
}

function show({ id, plan, supportPlan, addOns, interval, fromMs }: Subscription) {
  return { id, plan, supportPlan, addOns: [...addOns], interval, from: instantText(fromMs) }
}
