import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Span } from '../../core/time/span.ts'
import type { ComponentAvailability, PlatformAvailability } from '../availability/platform-availability.ts'
import { askedSpan, spanQuery } from './asked-span.ts'
import { measuredFields, requestSums, showMeasured, showUptime, uptimeFields } from './availability-answer.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { answers } from './route-parts.ts'
import type { Scopes } from './scope.ts'
import { showSpan, stateSeconds } from './span-answers.ts'

export function availabilityRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(read(scopes), async c => {
    const asked = askedSpan(c.req.valid('query'), deps.clock())
    const isProvider = c.var.actor.organizationId === undefined
    return c.json(show(await deps.usage.ask('availability', asked), isProvider), 200)
  })
}

const component = z.object({
  ...uptimeFields,
  spans: z.array(
    z.object({ start: z.string(), end: z.string(), seconds: z.number(), decidedBy: z.array(z.string()) }),
  ),
  seconds: stateSeconds,
  requests: requestSums
    .optional()
    .openapi({ description: 'For the provider alone: with few customers it would tell one of another.' }),
})

const availabilityAnswer = z
  .object({
    ...measuredFields,
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
      query: spanQuery,
    },
    responses: answers(200, 'What was up and down.', availabilityAnswer),
  })

function show(
  { components, ...of }: PlatformAvailability,
  withRequests: boolean,
): z.output<typeof availabilityAnswer> {
  const [platform, ...groups] = components
  const showOne = ({
    down,
    seconds,
    requests,
    downSeconds,
    span,
  }: ComponentAvailability & { span: Span }) => ({
    ...showUptime(downSeconds * 1000, span),
    spans: down.map(({ decidedBy, ...each }) => ({ ...showSpan(each), decidedBy: [...decidedBy] })),
    seconds,
    ...(withRequests && { requests }),
  })
  if (platform === undefined) throw new Error('the platform is the first component')
  return {
    ...showMeasured(of),
    platform: showOne({ ...platform, span: of.span }),
    groups: groups.map(each => ({ name: each.group ?? '', ...showOne({ ...each, span: of.span }) })),
  }
}
