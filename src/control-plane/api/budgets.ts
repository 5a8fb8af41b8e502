import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { ErrorBudget } from '../../core/availability/error-budget.ts'
import { compare } from '../../core/exact/fraction.ts'
import type { AllBudgets } from '../budgets/all-budgets.ts'
import { percentText, rateText, secondsNumber } from '../budgets/budget-figures.ts'
import type { OrganizationBudget } from '../budgets/organization-budget.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { instantText } from './instants.ts'
import { answers, organizationPath } from './route-parts.ts'
import type { Scopes } from './scope.ts'

export function budgetRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(readOne(scopes), async c => {
    const organizationId = c.var.organization.id
    const found = await deps.usage.ask('budget', { organizationId, nowMs: deps.clock() })
    return c.json({ organization: organizationId, budget: found ? showOwn(found) : null }, 200)
  })
  api.openapi(readAll(scopes), async c => {
    const budgets = await deps.usage.ask('budgets', { nowMs: deps.clock() })
    return c.json(showAll(budgets, c.var.actor.organizationId), 200)
  })
}

const rate = z.string().nullable().openapi({
  description: 'How many times as fast as the target allows it was down; 1 uses the allowance up in a month.',
  example: '14.40',
})
const instantOrNull = z.string().nullable()

const budgetAnswer = z
  .object({
    month: z.string().openapi({ description: 'In the SLA’s timezone.', example: '2026-11' }),
    timezone: z.string(),
    target: z.string().openapi({ description: 'Per cent.', example: '99.99' }),
    judgedTo: z.string().openapi({ description: 'What is used goes by slices up to here: they are final.' }),
    knownTo: z.string().openapi({ description: 'Burn rates look at slices up to here.' }),
    allowanceSeconds: z.number().openapi({ example: 259.2 }),
    usedSeconds: z.number().openapi({ example: 30 }),
    leftSeconds: z.number().openapi({ description: 'Below zero: the promise is broken.', example: 229.2 }),
    leftPercent: z
      .string()
      .nullable()
      .openapi({ description: 'Of the allowance, floored; null: nothing is allowed.', example: '88.42' }),
    exact: z
      .object({ allowance: z.string(), used: z.string(), left: z.string() })
      .openapi({ description: 'The seconds as exact fractions.', example: { left: '1146/5' } }),
    burnRate: z.object({ hour: rate, sixHours: rate, threeDays: rate }),
    exhaustedAt: instantOrNull.openapi({ description: 'When nothing was left; null: something is.' }),
    lastsTo: instantOrNull.openapi({
      description: 'When nothing will be left at the rate of the last six hours; null: not in this month.',
    }),
  })
  .openapi('ErrorBudget')

const burning = z.enum(['fast', 'slow']).nullable().openapi({
  description: 'Whether an alert is raised for it now; null: it does not burn, or is not to be told.',
})

const ownAnswer = z
  .object({
    organization: z.string(),
    budget: budgetAnswer
      .extend({ burning })
      .nullable()
      .openapi({ description: 'null: no uptime is promised.' }),
  })
  .openapi('OrganizationBudget')

const readOne = (scopes: Scopes) =>
  createRoute({
    tags: ['availability'],
    method: 'get',
    path: '/api/organizations/{organization}/budget',
    middleware: scopes.organization('availability:read'),
    summary: 'Read the error budget of a customer',
    description:
      'What the SLA allows to be down in its running month, what is used and left of that, and how fast it goes. Judged anew, like the month’s report.',
    request: { params: organizationPath },
    responses: answers(200, 'The budget.', ownAnswer),
  })

const allAnswer = z
  .object({
    judgedTo: instantOrNull.openapi({ description: 'Slices up to here are judged; null: none is yet.' }),
    complete: z
      .boolean()
      .openapi({ description: 'False after a start, while judging catches up: more may be used.' }),
    api: budgetAnswer.nullable().openapi({ description: 'Of all requests; null: nothing is judged yet.' }),
    groups: z.array(budgetAnswer.extend({ name: z.string() })),
    organizations: z
      .array(budgetAnswer.extend({ organization: z.string(), burning }))
      .openapi({ description: 'The least left first. A customer sees its own alone.' }),
  })
  .openapi('ErrorBudgets')

const readAll = (scopes: Scopes) =>
  createRoute({
    tags: ['availability'],
    method: 'get',
    path: '/api/availability/budgets',
    middleware: scopes.anyone('availability:read'),
    summary: 'Read the error budgets of the API, its groups and customers',
    description:
      'The API and its groups are held to the strictest target of the contract’s support plans, customers to their own. By what a job judges each minute.',
    request: {},
    responses: answers(200, 'Every budget that the asker may see.', allAnswer),
  })

function showAll(
  { judgedToMs, complete, organizations, components }: AllBudgets,
  only: string | undefined,
): z.output<typeof allAnswer> {
  const [whole, ...groups] = components
  return {
    judgedTo: judgedToMs === undefined ? null : instantText(judgedToMs),
    complete,
    api: whole ? show(whole.budget) : null,
    groups: groups.map(({ group, budget }) => ({ name: group ?? '', ...show(budget) })),
    organizations: organizations
      .filter(({ organizationId }) => only === undefined || organizationId === only)
      .toSorted((a, b) => compareLeft(a.budget, b.budget))
      .map(each => ({ organization: each.organizationId, ...showOwn(each) })),
  }
}

/** What is allowed nothing comes first where nothing is left of it, else as if nothing were used. */
function compareLeft(one: ErrorBudget, other: ErrorBudget): number {
  if (one.leftShare && other.leftShare) return compare(one.leftShare, other.leftShare)
  return compare(one.left, other.left)
}

function showOwn({ budget, burning: burns }: OrganizationBudget) {
  return { ...show(budget), burning: burns?.level ?? null }
}

function show(budget: ErrorBudget): z.output<typeof budgetAnswer> {
  const { month, timezone, target, allowance, used, left, leftShare, burn, exhaustedMs, lastsToMs } = budget
  return {
    month,
    timezone,
    target,
    judgedTo: instantText(budget.judgedToMs),
    knownTo: instantText(budget.knownToMs),
    allowanceSeconds: secondsNumber(allowance),
    usedSeconds: secondsNumber(used),
    leftSeconds: secondsNumber(left),
    leftPercent: percentText(leftShare),
    exact: { allowance: exact(allowance), used: exact(used), left: exact(left) },
    burnRate: {
      hour: rateText(burn.hour),
      sixHours: rateText(burn.sixHours),
      threeDays: rateText(burn.threeDays),
    },
    exhaustedAt: exhaustedMs === undefined ? null : instantText(exhaustedMs),
    lastsTo: lastsToMs === undefined ? null : instantText(lastsToMs),
  }
}

function exact({ numerator, denominator }: ErrorBudget['left']): string {
  return `${numerator}/${denominator}`
}
