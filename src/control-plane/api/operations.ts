import type { OpenAPIHono } from '@hono/zod-openapi'
import type { ApiEnv, ControlDeps } from './deps.ts'

/** What whoever runs Weir asks it: is it alive, may it get traffic, how is it doing. */
export function operationRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps): void {
  api.get('/healthz', c => c.json({ status: 'ok' }))
  api.get('/readyz', c => (deps.ready() ? c.json({ status: 'ready' }) : c.json({ status: 'starting' }, 503)))
  api.get('/metrics', async c => {
    c.header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
    return c.body(await deps.metrics())
  })
}
