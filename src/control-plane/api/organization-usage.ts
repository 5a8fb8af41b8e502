import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { isMonth } from '../../core/time/month.ts'
import { utcMonth } from '../../core/time/utc-month.ts'
import { monthUsageCsv } from '../usage/usage-csv.ts'
import { overviewJson } from '../usage/usage-json.ts'
import { createUsageOverviews } from '../usage/usage-overview.ts'
import { csvAnswer, formatQuery, tableAnswers, wantsCsv } from './csv.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { organizationPath } from './route-parts.ts'
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
    const { month, format } = c.req.valid('query')
    const nowMs = clock()
    const overview = await overviews.read(c.var.organization, month ?? utcMonth(nowMs), nowMs)
    if (wantsCsv(c, format)) return csvAnswer(c, monthUsageCsv(overview.usage))
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
      'Active users, the exact peak of connections over all apps and nodes, requests; by day too. CSV has a line a day.',
    request: {
      params: organizationPath,
      query: z.object({
        month: z
          .string()
          .refine(isMonth, 'Must be a UTC month such as 2026-11.')
          .optional()
          .openapi({ description: 'The running one if left out.', example: '2026-11' }),
        format: formatQuery,
      }),
    },
    responses: tableAnswers('What was used; so far, in the running month.', organizationUsageAnswer),
  })
