import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { utcMonth } from '../../core/time/utc-month.ts'
import { appTotalsCsv, monthUsageCsv } from '../usage/usage-csv.ts'
import { overviewJson } from '../usage/usage-json.ts'
import { createUsageOverviews } from '../usage/usage-overview.ts'
import { csvAnswer, formatQuery, tableAnswers, wantsCsv } from './csv.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { monthQuery, organizationPath } from './route-parts.ts'
import type { Scopes } from './scope.ts'
import { organizationUsageAnswer } from './usage-answers.ts'

export function organizationUsageRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  const { store, usage: reader, agreements, clock, contracts } = deps
  const overviews = createUsageOverviews({
    db: store.db,
    agreements,
    reader,
    contract: () => contracts.inForce().contract,
  })
  api.openapi(read(scopes), async c => {
    const { month, format, by } = c.req.valid('query')
    const nowMs = clock()
    const overview = await overviews.read(c.var.organization, month ?? utcMonth(nowMs), nowMs)
    if (wantsCsv(c, format)) {
      const { usage } = overview
      return csvAnswer(c, by === 'app' ? appTotalsCsv(usage.byApp) : monthUsageCsv(usage))
    }
    return c.json(overviewJson(overview), 200)
  })
}

const read = (scopes: Scopes) =>
  createRoute({
    tags: ['usage'],
    method: 'get',
    path: '/api/organizations/{organization}/usage',
    middleware: scopes.organization('organizations:read'),
    summary: 'Read what an organization used in a month',
    description:
      'Active users, the exact peak of connections over all apps and nodes, requests; by day and by app too. An app’s own days: `/api/apps/{app}/usage/month`.',
    request: {
      params: organizationPath,
      query: z.object({
        month: monthQuery,
        by: z
          .enum(['day', 'app'])
          .default('day')
          .openapi({ description: 'What a line of CSV stands for; JSON has both.' }),
        format: formatQuery,
      }),
    },
    responses: tableAnswers('What was used; so far, in the running month.', organizationUsageAnswer),
  })
