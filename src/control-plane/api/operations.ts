import type { OpenAPIHono } from '@hono/zod-openapi'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { instantText } from './instants.ts'

/** What whoever runs Weir asks it: is it alive, may it get traffic, how is it doing. */
export function operationRoutes(
  api: OpenAPIHono<ApiEnv>,
  deps: Pick<ControlDeps, 'clock' | 'testClock' | 'ready' | 'metrics'>,
): void {
  api.get('/healthz', c => c.json({ status: 'ok', ...(deps.testClock && { testClock: shown(deps) }) }))
  api.get('/readyz', c => (deps.ready() ? c.json({ status: 'ready' }) : c.json({ status: 'not-ready' }, 503)))
  api.get('/metrics', async c => {
    c.header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
    return c.body(await deps.metrics())
  })
}

/** Nobody may take a test's figures for real ones. */
function shown({ clock, testClock }: Pick<ControlDeps, 'clock' | 'testClock'>) {
  return { now: instantText(clock()), speed: testClock?.speed }
}
