import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Transaction } from 'kysely'
import type { Limits } from '../../core/contract/contract.ts'
import { ProblemError } from '../../http/problem.ts'
import { findApp, setLimits } from '../../store/apps.ts'
import type { Schema } from '../../store/schema.ts'
import { appAnswer } from './app-answers.ts'
import { showById } from './apps.ts'
import { change } from './change.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { limitNames, noSuch } from './limit-names.ts'
import { type LimitsPatch, mergeLimits } from './merge-limits.ts'
import { answers, appPath, jsonBody } from './route-parts.ts'
import { notFound, type Scopes } from './scope.ts'

export function appLimitRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(put(scopes), async c => {
    const patch = c.req.valid('json')
    refuseUnknownNames(deps, patch)
    const { id } = c.var.app
    return c.json(await change(deps, c, trx => overrideLimits(trx, id, patch)), 200)
  })
  api.openapi(readCounters(scopes), async c => {
    const limits = await deps.readRateLimits(c.var.app.id)
    if (limits === undefined) {
      throw new ProblemError('counters-unreachable', 'No gateway answers for the counters at the moment.')
    }
    return c.json(limits, 200)
  })
}

/** Counters are 32 bits wide; a larger number means that no limit is wanted. */
const MAX_LIMIT = 1_000_000_000
const perMinute = z.number().int().min(0).max(MAX_LIMIT)
const endpointLimits = z.record(z.string(), perMinute.nullable())

const limitsPatch = z
  .strictObject({
    user: z
      .record(z.string(), z.union([perMinute, z.literal('off')]).nullable())
      .nullable()
      .optional(),
    app: endpointLimits.nullable().optional(),
    platforms: z.record(z.string(), endpointLimits.nullable()).nullable().optional(),
  })
  .openapi({ example: { app: { SendMessage: 5000 }, platforms: { ios: { Search: 600 } } } })

const put = (scopes: Scopes) =>
  createRoute({
    tags: ['apps'],
    method: 'put',
    path: '/api/apps/{app}/limits',
    middleware: scopes.app('limits:write'),
    summary: 'Override an app’s limits',
    description:
      'Requests a minute, by endpoint; `default` stands for those without a number of their own. What is left out stays, `null` goes back to the plan and the contract. Holds within a second; the window’s count is kept.',
    request: { params: appPath, body: jsonBody(limitsPatch) },
    responses: answers(200, 'The app as it is now.', appAnswer),
  })

const readCounters = (scopes: Scopes) =>
  createRoute({
    tags: ['apps'],
    method: 'get',
    path: '/api/apps/{app}/rate_limits',
    middleware: scopes.app('apps:read'),
    summary: 'Read an app’s limits and counters',
    description: 'By platform and endpoint: `limit`, `remaining`, `reset` (Unix seconds).',
    request: { params: appPath },
    responses: answers(200, 'What the gateway itself would answer.', z.record(z.string(), z.unknown())),
  })

async function overrideLimits(trx: Transaction<Schema>, id: string, patch: LimitsPatch) {
  const app = await findApp(trx, id)
  if (app === undefined) throw notFound('app')
  const limits: Limits = mergeLimits(app.limits, patch)
  await setLimits(trx, id, limits)
  const { organizationId } = app
  return {
    body: await showById(trx, id),
    audit: {
      action: 'limits.changed',
      subject: id,
      organizationId,
      details: { before: app.limits, after: limits },
    },
  }
}

/** A name that is to go back to `null` may be one the contract no longer has. */
function refuseUnknownNames(deps: ControlDeps, patch: LimitsPatch): void {
  const { endpoints, platforms } = limitNames(deps.contracts.inForce().contract)
  const unknownIn = (path: string, limits: Readonly<Record<string, unknown>> | null | undefined) =>
    Object.entries(limits ?? {})
      .filter(([name, value]) => value !== null && !endpoints.includes(name))
      .map(([name]) => ({ path: `${path}.${name}`, message: noSuch('endpoint', name, endpoints) }))
  const mistakes = [
    ...unknownIn('user', patch.user),
    ...unknownIn('app', patch.app),
    ...Object.entries(patch.platforms ?? {}).flatMap(([name, limits]) => [
      ...(limits === null || platforms.includes(name)
        ? []
        : [{ path: `platforms.${name}`, message: noSuch('platform', name, platforms) }]),
      ...unknownIn(`platforms.${name}`, limits),
    ]),
  ]
  const [first] = mistakes
  if (first !== undefined) throw new ProblemError('invalid-body', first.message, { mistakes })
}
