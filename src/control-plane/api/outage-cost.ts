import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { shortDecimal } from '../../core/exact/decimal.ts'
import { totalOf } from '../../core/exact/money.ts'
import type { CustomerCost } from '../budgets/outage-costs.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { instantText } from './instants.ts'
import { answers } from './route-parts.ts'
import type { Scopes } from './scope.ts'

export function outageCostRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(cost(scopes), async c => {
    const nowMs = deps.clock()
    return c.json(showCosts(await deps.usage.ask('outageCost', { nowMs }), nowMs), 200)
  })
}

const costAnswer = z
  .object({
    at: z.string(),
    owed: z.string().openapi({ description: 'By the down time as known so far.' }),
    finalOwed: z.string().openapi({ description: 'By final slices alone, which are ten minutes old.' }),
    nextMinute: z.string().openapi({ description: 'What one more minute down adds, over all customers.' }),
    cap: z.string().openapi({ description: 'The most that the running month can cost.' }),
    currency: z.string(),
    items: z.array(
      z.object({
        organization: z.string(),
        month: z.string(),
        judgedTo: z.string().openapi({ description: 'Slices up to here are final.' }),
        knownTo: z.string().openapi({ description: 'And up to here known so far: seconds ago.' }),
        credit: z.enum(['automatic', 'on-claim']),
        downSeconds: z.number().openapi({ description: 'Of the month, that counts, as known so far.' }),
        finalDownSeconds: z.number(),
        owed: z.string().openapi({ description: 'By `downSeconds`, as are the fields below.' }),
        finalOwed: z.string(),
        nextMinute: z.string(),
        cap: z.string(),
        capReached: z
          .object({ afterSeconds: z.number(), at: z.string() })
          .nullable()
          .openapi({ description: 'If it is down from now on; null: not in this month.' }),
      }),
    ),
  })
  .openapi('OutageCost')

const cost = (scopes: Scopes) =>
  createRoute({
    tags: ['availability'],
    method: 'get',
    path: '/api/availability/cost',
    middleware: scopes.provider('availability:read'),
    summary: 'What a further minute down costs',
    description:
      'For each customer with a promise and in total, by the running month as known so far, which may change until it is final; the dearest minute first.',
    request: {},
    responses: answers(200, 'The cost as of now.', costAnswer),
  })

function showCosts(costs: readonly CustomerCost[], nowMs: number): z.output<typeof costAnswer> {
  const currency = costs[0]?.currency ?? { code: '', minorDigits: 2 }
  const summed = costs.filter(each => each.currency.code === currency.code)
  const sum = (amount: (of: CustomerCost) => string) => totalOf(summed.map(amount), currency.minorDigits)
  return {
    at: instantText(nowMs),
    owed: sum(({ cost: { owed } }) => owed),
    finalOwed: sum(({ finalOwed }) => finalOwed),
    nextMinute: sum(({ cost: { nextMinute } }) => nextMinute),
    cap: sum(({ cost: { cap } }) => cap),
    currency: currency.code,
    items: costs
      .toSorted((a, b) => Number(b.cost.nextMinute) - Number(a.cost.nextMinute))
      .map(each => showCost(each, nowMs)),
  }
}

function showCost({ organizationId, month, credit, cost: of, ...down }: CustomerCost, nowMs: number) {
  const { owed, nextMinute, cap, secondsToCap } = of
  const afterSeconds = secondsToCap === undefined ? undefined : Number(shortDecimal(secondsToCap, 3))
  return {
    organization: organizationId,
    month,
    judgedTo: instantText(down.judgedToMs),
    knownTo: instantText(down.knownToMs),
    credit,
    downSeconds: down.downMs / 1000,
    finalDownSeconds: down.finalDownMs / 1000,
    owed,
    finalOwed: down.finalOwed,
    nextMinute,
    cap,
    capReached:
      afterSeconds === undefined
        ? null
        : { afterSeconds, at: instantText(Math.ceil(nowMs + afterSeconds * 1000)) },
  }
}
