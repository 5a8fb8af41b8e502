import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { shortDecimal } from '../../core/exact/decimal.ts'
import { totalOf } from '../../core/exact/money.ts'
import { monthSpan } from '../../core/time/month.ts'
import { utcMonth } from '../../core/time/utc-month.ts'
import { ProblemError } from '../../http/problem.ts'
import type { CustomerCost } from '../availability/outage-costs.ts'
import type { ComponentAvailability, PlatformAvailability } from '../availability/platform-availability.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { instantText } from './instants.ts'
import { answers, instant } from './route-parts.ts'
import type { Scopes } from './scope.ts'
import { showSpan, stateSeconds } from './sla-answers.ts'

export function availabilityRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(read(scopes), async c => {
    const nowMs = deps.clock()
    const { from, to } = c.req.valid('query')
    const fromMs = from === undefined ? monthSpan(utcMonth(nowMs)).startMs : Date.parse(from)
    const toMs = to === undefined ? nowMs : Date.parse(to)
    checkSpan(fromMs, toMs, nowMs)
    return c.json(show(await deps.usage.ask('availability', { fromMs, toMs, nowMs })), 200)
  })
  api.openapi(cost(scopes), async c => {
    const nowMs = deps.clock()
    return c.json(showCosts(await deps.usage.ask('outageCost', { nowMs }), nowMs), 200)
  })
}

/** A season and a bit: 864,000 slices of ten seconds are judged in well under a second. */
const MOST_DAYS = 100

function checkSpan(fromMs: number, toMs: number, nowMs: number): void {
  if (fromMs >= toMs) throw new ProblemError('invalid-query', '`from` must be before `to`.')
  if (fromMs > nowMs) throw new ProblemError('invalid-query', '`from` has not come yet.')
  if (toMs - fromMs > MOST_DAYS * 86_400_000) {
    throw new ProblemError('invalid-query', `Ask for at most ${MOST_DAYS} days at a time.`)
  }
}

const component = z.object({
  uptime: z.string().openapi({ description: 'Per cent, floored.', example: '99.98379' }),
  exact: z.string().openapi({ description: 'The same as an exact fraction of one.', example: '12958/12960' }),
  downSeconds: z.number(),
  spans: z.array(
    z.object({ start: z.string(), end: z.string(), seconds: z.number(), decidedBy: z.array(z.string()) }),
  ),
  seconds: stateSeconds,
})

const availabilityAnswer = z
  .object({
    from: z.string(),
    to: z.string().openapi({ description: 'Up to here slices are final and judged.' }),
    sliceSeconds: z.number(),
    platform: component,
    groups: z.array(component.extend({ name: z.string() })),
  })
  .openapi('Availability')

const read = (scopes: Scopes) =>
  createRoute({
    tags: ['availability'],
    method: 'get',
    path: '/api/availability',
    middleware: scopes.anyone('availability:read'),
    summary: 'Read the uptime of the API and its groups',
    description:
      'Over all customers, of the whole slices within the span; after exclusions that hold for all. The same for everyone.',
    request: {
      query: z.object({
        from: instant.optional().openapi({ description: 'The start of the UTC month if left out.' }),
        to: instant.optional().openapi({ description: 'Now if left out.' }),
      }),
    },
    responses: answers(200, 'What was up and down.', availabilityAnswer),
  })

const costAnswer = z
  .object({
    at: z.string(),
    owed: z.string().openapi({ description: 'By the down time so far.' }),
    nextMinute: z.string().openapi({ description: 'What one more minute down adds, over all customers.' }),
    cap: z.string().openapi({ description: 'The most that the running month can cost.' }),
    currency: z.string(),
    items: z.array(
      z.object({
        organization: z.string(),
        month: z.string(),
        judgedTo: z.string(),
        credit: z.enum(['automatic', 'on-claim']),
        owed: z.string(),
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
      'For each customer with a promise and in total, by the running month; the dearest minute first.',
    request: {},
    responses: answers(200, 'The cost as of now.', costAnswer),
  })

function show({ span, sliceSeconds, components }: PlatformAvailability): z.output<typeof availabilityAnswer> {
  const [platform, ...groups] = components
  if (platform === undefined) throw new Error('the platform is the first component')
  return {
    from: instantText(span.startMs),
    to: instantText(span.endMs),
    sliceSeconds,
    platform: showComponent(platform),
    groups: groups.map(each => ({ name: each.group ?? '', ...showComponent(each) })),
  }
}

function showComponent({ uptime, exact, downSeconds, down, seconds }: ComponentAvailability) {
  return {
    uptime,
    exact: `${exact.numerator}/${exact.denominator}`,
    downSeconds,
    spans: down.map(({ decidedBy, ...span }) => ({ ...showSpan(span), decidedBy: [...decidedBy] })),
    seconds,
  }
}

function showCosts(costs: readonly CustomerCost[], nowMs: number): z.output<typeof costAnswer> {
  const currency = costs[0]?.currency ?? { code: '', minorDigits: 2 }
  const summed = costs.filter(each => each.currency.code === currency.code)
  const sum = (amount: (of: CustomerCost) => string) => totalOf(summed.map(amount), currency.minorDigits)
  return {
    at: instantText(nowMs),
    owed: sum(({ cost: { owed } }) => owed),
    nextMinute: sum(({ cost: { nextMinute } }) => nextMinute),
    cap: sum(({ cost: { cap } }) => cap),
    currency: currency.code,
    items: costs
      .toSorted((a, b) => Number(b.cost.nextMinute) - Number(a.cost.nextMinute))
      .map(each => showCost(each, nowMs)),
  }
}

function showCost({ organizationId, month, judgedToMs, credit, cost: of }: CustomerCost, nowMs: number) {
  const { owed, nextMinute, cap, secondsToCap } = of
  const afterSeconds = secondsToCap === undefined ? undefined : Number(shortDecimal(secondsToCap, 3))
  return {
    organization: organizationId,
    month,
    judgedTo: instantText(judgedToMs),
    credit,
    owed,
    nextMinute,
    cap,
    capReached:
      afterSeconds === undefined
        ? null
        : { afterSeconds, at: instantText(Math.ceil(nowMs + afterSeconds * 1000)) },
  }
}
