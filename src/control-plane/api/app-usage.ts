import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { utcMonth } from '../../core/time/utc-month.ts'
import { ProblemError } from '../../http/problem.ts'
import { MOST_ROWS, USAGE_KEYS, USAGE_STEPS, type UsageStep } from '../usage/request-usage.ts'
import { monthUsageCsv, requestUsageCsv } from '../usage/usage-csv.ts'
import { appMonthJson, requestUsageJson } from '../usage/usage-json.ts'
import { csvAnswer, formatQuery, tableAnswers, wantsCsv } from './csv.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { appPath, instant, monthQuery } from './route-parts.ts'
import type { Scopes } from './scope.ts'
import { appMonthAnswer, appUsageAnswer } from './usage-answers.ts'

export function appUsageRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(read(scopes), async c => {
    const { from, to, step, by, format } = c.req.valid('query')
    const question = { appId: c.var.app.id, step, by, ...spanOf(from, to, step, deps.clock()) }
    const answer = await deps.usage.ask('requests', question)
    if (answer.count > MOST_ROWS) throw tooMany(answer.count)
    if (wantsCsv(c, format)) return csvAnswer(c, requestUsageCsv(answer, USAGE_STEPS[step], by))
    return c.json(requestUsageJson(question, answer), 200)
  })

  api.openapi(readMonth(scopes), async c => {
    const { month, format } = c.req.valid('query')
    const nowMs = deps.clock()
    const appId = c.var.app.id
    const usage = await deps.usage.ask('app', { appId, month: month ?? utcMonth(nowMs), nowMs })
    if (wantsCsv(c, format)) return csvAnswer(c, monthUsageCsv(usage))
    return c.json(appMonthJson(appId, usage), 200)
  })
}

/** What a reader of a chart can tell apart, and what is read in seconds. */
const MOST_DAYS: Record<UsageStep, number> = { minute: 1, hour: 31, day: 92 }
const DAY_MS = USAGE_STEPS.day
const START = 'from'

/** From the step that holds `from` to the end of the step that holds the last instant before `to`. */
function spanOf(from: string | undefined, to: string | undefined, step: UsageStep, nowMs: number) {
  const stepMs = USAGE_STEPS[step]
  const untilMs = to === undefined ? nowMs : Date.parse(to)
  const sinceMs = from === undefined ? untilMs - MOST_DAYS[step] * DAY_MS : Date.parse(from)
  if (sinceMs >= untilMs) throw wrong(START, 'Must be before `to`.')
  const toMs = Math.ceil(untilMs / stepMs) * stepMs
  const fromMs = from === undefined ? toMs - MOST_DAYS[step] * DAY_MS : Math.floor(sinceMs / stepMs) * stepMs
  if (toMs - fromMs > MOST_DAYS[step] * DAY_MS) {
    throw wrong(
      'step',
      `A step of a ${step} reaches over at most ${MOST_DAYS[step]} ${MOST_DAYS[step] === 1 ? 'day' : 'days'}. ` +
        'Ask for a shorter span or a longer step.',
    )
  }
  return { fromMs, toMs }
}

function tooMany(count: number): ProblemError {
  const most = MOST_ROWS.toLocaleString('en')
  return wrong(
    'step',
    `The answer would have ${count.toLocaleString('en')} rows; at most ${most} are given. Ask for a shorter span, ` +
      'a longer step, or leave out `by`.',
  )
}

function wrong(path: string, message: string): ProblemError {
  return new ProblemError('invalid-query', `${path}: ${message}`, { mistakes: [{ path, message }] })
}

const read = (scopes: Scopes) =>
  createRoute({
    tags: ['usage'],
    method: 'get',
    path: '/api/apps/{app}/usage',
    middleware: scopes.app('apps:read'),
    summary: 'Read an app’s requests over time',
    description:
      'By UTC minute (over at most a day), hour (31 days) or day (92 days). Latencies are the bounds of the bucket that holds the quantile: the true value is more than the one and at most the other.',
    request: {
      params: appPath,
      query: z.object({
        from: instant
          .optional()
          .openapi({ description: 'The longest span there is before `to` if left out.' }),
        to: instant.optional().openapi({ description: 'Now if left out.' }),
        step: z.enum(['minute', 'hour', 'day']).default('hour'),
        by: z.enum(USAGE_KEYS).optional(),
        format: formatQuery,
      }),
    },
    responses: tableAnswers('Requests and how long they took.', appUsageAnswer),
  })

const readMonth = (scopes: Scopes) =>
  createRoute({
    tags: ['usage'],
    method: 'get',
    path: '/api/apps/{app}/usage/month',
    middleware: scopes.app('apps:read'),
    summary: 'Read what an app used in a month',
    description:
      'The app’s own active users, exact peak of connections over all nodes, and requests; by day too. CSV has a line a day.',
    request: { params: appPath, query: z.object({ month: monthQuery, format: formatQuery }) },
    responses: tableAnswers('What was used; so far, in the running month.', appMonthAnswer),
  })
