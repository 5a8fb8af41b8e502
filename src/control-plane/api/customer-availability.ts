import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { CustomerAvailability } from '../availability/customer-availability.ts'
import { askedSpan, spanQuery } from './asked-span.ts'
import { measuredFields, requestSums, showMeasured, showUptime, uptimeFields } from './availability-answer.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { answers, appPath, organizationPath } from './route-parts.ts'
import type { Scopes } from './scope.ts'
import { downSpan, showDownSpan, showSpan, spanAnswer, stateSeconds } from './span-answers.ts'

/** What was up and down for one customer, over any span. */
export function customerAvailabilityRoutes(
  api: OpenAPIHono<ApiEnv>,
  deps: ControlDeps,
  scopes: Scopes,
): void {
  api.openapi(ofOrganization(scopes), async c => {
    const { id: organization } = c.var.organization
    const asked = askedSpan(c.req.valid('query'), deps.clock())
    const question = { ...asked, organizationId: organization, appId: undefined }
    const found = await deps.usage.ask('customerAvailability', question)
    const apps = found.apps.map(({ appId, downMs, valid, failed, span }) => {
      return { app: appId, ...showUptime(downMs, span), valid, failed }
    })
    return c.json({ organization, ...show(found), apps }, 200)
  })
  api.openapi(ofApp(scopes), async c => {
    const { id: app, organizationId } = c.var.app
    const asked = askedSpan(c.req.valid('query'), deps.clock())
    const question = { ...asked, organizationId, appId: app }
    const found = await deps.usage.ask('customerAvailability', question)
    return c.json({ app, organization: organizationId, ...show(found) }, 200)
  })
}

const fields = {
  ...measuredFields,
  ...uptimeFields,
  ...requestSums.shape,
  spans: z.array(downSpan),
  excludedSpans: z.array(spanAnswer).openapi({ description: 'Down time that does not count.' }),
  seconds: stateSeconds,
}

const organizationAnswer = z
  .object({
    organization: z.string(),
    ...fields,
    apps: z.array(z.object({ app: z.string(), ...uptimeFields, ...requestSums.shape })).openapi({
      description: 'Each by itself, from when it was made. The organization is down when one of them is.',
    }),
  })
  .openapi('OrganizationAvailability')

const appAnswer = z
  .object({ app: z.string(), organization: z.string(), ...fields })
  .openapi('AppAvailability')

const common = { tags: ['availability'], method: 'get' as const }
const description =
  'Of the whole slices within the span that are final, after exclusions; whether a plan was held plays no part.'

const ofOrganization = (scopes: Scopes) =>
  createRoute({
    ...common,
    path: '/api/organizations/{organization}/availability',
    middleware: scopes.organization('availability:read'),
    summary: 'Read an organization’s uptime over any span',
    description,
    request: { params: organizationPath, query: spanQuery },
    responses: answers(200, 'What was up and down for it.', organizationAnswer),
  })

const ofApp = (scopes: Scopes) =>
  createRoute({
    ...common,
    path: '/api/apps/{app}/availability',
    middleware: scopes.app('availability:read'),
    summary: 'Read an app’s uptime over any span',
    description,
    request: { params: appPath, query: spanQuery },
    responses: answers(200, 'What was up and down for it.', appAnswer),
  })

function show(found: CustomerAvailability) {
  const { downMs, span, requests, down, excluded, seconds } = found
  return {
    ...showMeasured(found),
    ...showUptime(downMs, span),
    ...requests,
    spans: down.map(showDownSpan),
    excludedSpans: excluded.map(showSpan),
    seconds,
  }
}
