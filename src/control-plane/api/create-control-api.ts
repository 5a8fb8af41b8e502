import { OpenAPIHono } from '@hono/zod-openapi'
import { bodyLimit } from 'hono/body-limit'
import { routePath } from 'hono/route'
import { newRequestId, REQUEST_ID_FIELD } from '../../http/request-id.ts'
import { ProblemError } from '../../http/problem.ts'
import { noWays } from '../status/subscribe-part.ts'
import { apiKeyRoutes } from './api-keys.ts'
import { appLimitRoutes } from './app-limits.ts'
import { appRoutes } from './apps.ts'
import { appUsageRoutes } from './app-usage.ts'
import { auditRoutes } from './audit.ts'
import { authenticate } from './authenticate.ts'
import { availabilityRoutes } from './availability.ts'
import { customerAvailabilityRoutes } from './customer-availability.ts'
import { outageCostRoutes } from './outage-cost.ts'
import { budgetRoutes } from './budgets.ts'
import { contractRoutes } from './contract.ts'
import { creditRoutes } from './credits.ts'
import type { ApiEnv, ApiMiddleware, ControlDeps } from './deps.ts'
import { evidenceKeyRoute, evidenceRoutes } from './evidence.ts'
import { evidenceOpeningRoutes } from './evidence-openings.ts'
import { exclusionRoutes } from './exclusions.ts'
import { incidentChangeRoutes } from './incident-changes.ts'
import { incidentRoutes } from './incidents.ts'
import { invoiceChangeRoutes } from './invoice-changes.ts'
import { invoicePaymentRoutes } from './invoice-payments.ts'
import { invoiceRoutes } from './invoices.ts'
import { invoicingRoutes } from './invoicing.ts'
import { knownQuery } from './known-query.ts'
import { maintenanceRoutes } from './maintenance.ts'
import { manualLineRoutes } from './manual-lines.ts'
import { memberRoutes } from './members.ts'
import { openApiRoutes } from './openapi.ts'
import { operationRoutes } from './operations.ts'
import { organizationRoutes } from './organizations.ts'
import { organizationUsageRoutes } from './organization-usage.ts'
import { probeResultRoutes } from './probe-results.ts'
import { probeRoutes } from './probes.ts'
import { answerProblem, refuseInvalid } from './problems.ts'
import { readableJson } from './readable-json.ts'
import { reviewRoutes } from './review.ts'
import { type RouteShapes, routeShapes } from './route-shapes.ts'
import { createScopes } from './scope.ts'
import { slaRoutes } from './sla.ts'
import { type StatusDeps, noSuchPageRoute, statusRoutes } from './status.ts'
import { statusSubscriptionRoutes, waysOf } from './status-subscriptions.ts'
import { subscriptionHistoryRoutes } from './subscription-history.ts'
import { subscriptionRoutes } from './subscriptions.ts'
import { termsRoutes } from './terms.ts'
import { ticketRoutes } from './tickets.ts'
import { webhookDeliveryRoutes } from './webhook-deliveries.ts'
import { webhookRoutes } from './webhooks.ts'

/** The control API with all its routes. It serves nothing by itself: see `listenControl`. */
export function createControlApi(deps: ControlDeps): OpenAPIHono<ApiEnv> {
  const shapeOf = routeShapes(() => api)
  const api: OpenAPIHono<ApiEnv> = apiWith(deps, shapeOf, 'There is no such route; see /api/docs.')
  openApiRoutes(api, deps)
  evidenceKeyRoute(api, deps)
  statusRoutes(api, deps, waysOf(deps))
  statusSubscriptionRoutes(api, deps)
  noSuchPageRoute(api, deps)
  api.use('/api/*', authenticate(deps), readableJson, knownQuery(deps, shapeOf))

  const scopes = createScopes(deps)
  organizationRoutes(api, deps, scopes)
  subscriptionRoutes(api, deps, scopes)
  subscriptionHistoryRoutes(api, deps, scopes)
  termsRoutes(api, deps, scopes)
  appRoutes(api, deps, scopes)
  apiKeyRoutes(api, deps, scopes)
  appLimitRoutes(api, deps, scopes)
  reviewRoutes(api, deps, scopes)
  organizationUsageRoutes(api, deps, scopes)
  appUsageRoutes(api, deps, scopes)
  memberRoutes(api, deps, scopes)
  contractRoutes(api, deps, scopes)
  webhookRoutes(api, deps, scopes)
  webhookDeliveryRoutes(api, deps, scopes)
  auditRoutes(api, deps, scopes)
  evidenceRoutes(api, deps, scopes)
  evidenceOpeningRoutes(api, deps, scopes)
  invoiceRoutes(api, deps, scopes)
  invoiceChangeRoutes(api, deps, scopes)
  invoicePaymentRoutes(api, deps, scopes)
  creditRoutes(api, deps, scopes)
  manualLineRoutes(api, deps, scopes)
  invoicingRoutes(api, deps, scopes)
  maintenanceRoutes(api, deps, scopes)
  exclusionRoutes(api, deps, scopes)
  incidentRoutes(api, deps, scopes)
  incidentChangeRoutes(api, deps, scopes)
  probeRoutes(api, deps, scopes)
  probeResultRoutes(api, deps, scopes)
  slaRoutes(api, deps, scopes)
  availabilityRoutes(api, deps, scopes)
  customerAvailabilityRoutes(api, deps, scopes)
  outageCostRoutes(api, deps, scopes)
  budgetRoutes(api, deps, scopes)
  ticketRoutes(api, deps, scopes)
  return api
}

/** Health and metrics alone, of a node that is only a gateway. */
export function createOperationsApi(deps: Operations): OpenAPIHono<ApiEnv> {
  const nothingHere = 'This node is a gateway: it has /healthz, /readyz and /metrics. Ask a control node.'
  return apiWith(deps, () => undefined, nothingHere)
}

/** The status page as it was last, health and metrics: of a node that waits for its database. */
export function createStandInApi(deps: Operations & StatusDeps): OpenAPIHono<ApiEnv> {
  const api = apiWith(
    deps,
    () => undefined,
    'This node waits for its database: only /status, /healthz and /metrics are there.',
  )
  evidenceKeyRoute(api, deps)
  statusRoutes(api, deps, noWays)
  noSuchPageRoute(api, deps)
  return api
}

type Operations = Pick<ControlDeps, 'clock' | 'testClock' | 'log' | 'logRequests' | 'ready' | 'metrics'>

function apiWith(deps: Operations, shapeOf: RouteShapes, nothingHere: string): OpenAPIHono<ApiEnv> {
  const api = new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid(shapeOf) })
  api.onError((error, c) => answerProblem(deps, c, error))
  api.notFound(c => answerProblem(deps, c, new ProblemError('not-found', nothingHere)))
  api.use(named, secured, limited)
  if (deps.logRequests) api.use(logged(deps))
  operationRoutes(api, deps)
  return api
}

const named: ApiMiddleware = async (c, next) => {
  const requestId = newRequestId()
  c.set('requestId', requestId)
  c.header(REQUEST_ID_FIELD, requestId)
  await next()
}

/** Answers may hold credentials, so no cache keeps them; and nothing here is ever part of another page. */
const secured: ApiMiddleware = async (c, next) => {
  c.header('cache-control', 'no-store')
  c.header('x-content-type-options', 'nosniff')
  c.header('x-frame-options', 'DENY')
  c.header('referrer-policy', 'no-referrer')
  c.header('cross-origin-resource-policy', 'same-origin')
  c.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
  await next()
}

/** One line a request. Only the route: a path or a query may hold an API key. */
function logged({ log }: Operations): ApiMiddleware {
  return async (c, next) => {
    const started = performance.now()
    await next()
    const ms = Math.round(performance.now() - started)
    const { requestId } = c.var
    // Set for authenticated requests only, whatever the type says.
    const actor = (c.var.actor as { id: string } | undefined)?.id
    log.info(
      { requestId, method: c.req.method, route: routePath(c, -1), status: c.res.status, ms, actor },
      'api request',
    )
  }
}

/** A contract of 1 MiB still fits after it was escaped as JSON. */
const MAX_BODY_BYTES = 2 * 1024 * 1024

const limited = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => {
    throw new ProblemError('payload-too-large', `A body may have at most ${MAX_BODY_BYTES} bytes.`)
  },
})
