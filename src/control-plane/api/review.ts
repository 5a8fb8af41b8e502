import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { reviewIntegration } from '../../core/support/review.ts'
import { apiKeysOf } from '../../store/api-keys.ts'
import type { App } from '../../store/apps.ts'
import { requestTotals } from '../../store/requests.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { instantText } from './instants.ts'
import { answers, appPath } from './route-parts.ts'
import type { Scopes } from './scope.ts'

export function reviewRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(read(scopes), async c => c.json(await review(deps, c.var.app), 200))
}

const WEEK_MS = 7 * 24 * 3600 * 1000

const read = (scopes: Scopes) =>
  createRoute({
    tags: ['apps'],
    method: 'get',
    path: '/api/apps/{app}/review',
    middleware: scopes.app('apps:read'),
    summary: 'Review an integration',
    description: 'What the last seven days of requests say about how the app uses the API, worst first.',
    request: { params: appPath },
    responses: answers(
      200,
      'The findings.',
      z.object({
        from: z.string(),
        to: z.string(),
        findings: z.array(
          z.object({
            id: z.string().openapi({ example: 'limited:SendMessage' }),
            level: z.enum(['good', 'notice', 'problem']),
            title: z.string(),
            detail: z.string(),
            advice: z.string(),
          }),
        ),
      }),
    ),
  })

async function review({ store: { db }, contracts, clock }: ControlDeps, app: App) {
  const nowMs = clock()
  const fromMs = nowMs - WEEK_MS
  const requests = await requestTotals(db, { appId: app.id, fromMs, toMs: nowMs })
  const { platforms } = contracts.inForce().contract
  const findings = reviewIntegration({
    nowMs,
    suspendedBecause: app.suspended?.reason,
    keys: await apiKeysOf(db, app.id),
    serverPlatform: platforms.find(({ kind }) => kind === 'server')?.name,
    requests,
  })
  return { from: instantText(fromMs), to: instantText(nowMs), findings }
}
