import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Transaction } from 'kysely'
import { newAppSecret, newId } from '../../identity/credentials.ts'
import { appSecretContext } from '../../identity/sealing.ts'
import { ProblemError } from '../../http/problem.ts'
import { addApp, type App, findApp, listApps, setSuspension } from '../../store/apps.ts'
import { apiKeysOf } from '../../store/api-keys.ts'
import { addEvent } from '../../store/events.ts'
import type { Schema } from '../../store/schema.ts'
import { createKey, showKey } from './api-keys.ts'
import { appAnswer, newAppAnswer } from './app-answers.ts'
import { change } from './change.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { instantText } from './instants.ts'
import { listAnswer, listOf, pageOf, pageQuery } from './lists.ts'
import { answers, appPath, jsonBody, label, organizationPath } from './route-parts.ts'
import { notFound, type Scopes } from './scope.ts'

export function appRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  const { db } = deps.store
  api.openapi(createOne(scopes), async c => {
    const wanted = c.req.valid('json')
    if (wanted.forProbes && c.var.actor.organizationId !== undefined) throw onlyTheProvider()
    const { id } = c.var.organization
    return c.json(await change(deps, c, (trx, nowMs) => createApp(deps, trx, id, wanted, nowMs)), 201)
  })
  api.openapi(list(scopes), async c => {
    const query = c.req.valid('query')
    const rows = await listApps(db, c.var.organization.id, pageOf(query))
    const shown = await Promise.all(rows.map(row => show(db, row)))
    return c.json(
      listAnswer(
        shown,
        query,
        ({ id, createdAt }) => ({ ms: Date.parse(createdAt), id }),
        item => item,
      ),
      200,
    )
  })
  api.openapi(readOne(scopes), async c => c.json(await show(db, c.var.app), 200))
  api.openapi(suspend(scopes), async c => {
    const { reason } = c.req.valid('json')
    const { id } = c.var.app
    return c.json(
      await change(deps, c, (trx, nowMs) => setSuspended(trx, id, { sinceMs: nowMs, reason }, nowMs)),
      200,
    )
  })
  api.openapi(resume(scopes), async c => {
    const { id } = c.var.app
    return c.json(await change(deps, c, (trx, nowMs) => setSuspended(trx, id, undefined, nowMs)), 200)
  })
}

const common = { tags: ['apps'] }

const newApp = z.strictObject({
  name: label(200).openapi({ example: 'Acme for iOS' }),
  forProbes: z.boolean().optional().openapi({
    description:
      'The provider’s own probes call with it: its requests are in no slice, so they move no uptime.',
  }),
})

const createOne = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'post',
    path: '/api/organizations/{organization}/apps',
    middleware: scopes.organization('apps:write'),
    summary: 'Create an app',
    description: 'With its first API key and its secret. Both are shown this once: keep them.',
    request: {
      params: organizationPath,
      body: jsonBody(newApp),
    },
    responses: answers(201, 'The new app with its credentials.', newAppAnswer),
  })

const list = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'get',
    path: '/api/organizations/{organization}/apps',
    middleware: scopes.organization('apps:read'),
    summary: 'List an organization’s apps',
    request: { params: organizationPath, query: pageQuery },
    responses: answers(200, 'A page of apps.', listOf(appAnswer)),
  })

const readOne = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'get',
    path: '/api/apps/{app}',
    middleware: scopes.app('apps:read'),
    summary: 'Read an app',
    request: { params: appPath },
    responses: answers(200, 'The app, its keys by their last four characters, and its override.', appAnswer),
  })

const suspend = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'post',
    path: '/api/apps/{app}/suspend',
    middleware: scopes.app('apps:suspend'),
    summary: 'Suspend an app',
    description: 'From the next second its requests are answered with 403 `app-suspended`.',
    request: {
      params: appPath,
      body: jsonBody(z.strictObject({ reason: label(500).openapi({ example: 'Unpaid since May' }) })),
    },
    responses: answers(200, 'The app as it is now.', appAnswer),
  })

const resume = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'post',
    path: '/api/apps/{app}/resume',
    middleware: scopes.app('apps:suspend'),
    summary: 'Resume an app',
    description: 'Takes a suspension back; an app that is not suspended stays as it is.',
    request: { params: appPath },
    responses: answers(200, 'The app as it is now.', appAnswer),
  })

async function createApp(
  deps: ControlDeps,
  trx: Transaction<Schema>,
  organizationId: string,
  { name, forProbes = false }: z.output<typeof newApp>,
  nowMs: number,
) {
  const id = newId('app')
  const secret = newAppSecret()
  const sealedSecret = deps.sealer.seal(secret, appSecretContext(id))
  await addApp(trx, { id, organizationId, name, sealedSecret, createdMs: nowMs, forProbes })
  const { apiKey } = await createKey(trx, id, nowMs)
  return {
    body: { ...(await showById(trx, id)), apiKey, secret },
    audit: {
      action: 'app.created',
      subject: id,
      organizationId,
      details: { name, ...(forProbes && { forProbes }) },
    },
  }
}

function onlyTheProvider(): ProblemError {
  return new ProblemError('forbidden', 'Only the provider makes apps for probes: they are in no uptime.')
}

async function setSuspended(
  trx: Transaction<Schema>,
  id: string,
  suspended: { sinceMs: number; reason: string } | undefined,
  nowMs: number,
) {
  const app = await findApp(trx, id)
  const unchanged = app?.suspended?.reason === suspended?.reason
  if (!unchanged) await setSuspension(trx, id, suspended)
  const body = await showById(trx, id)
  if (unchanged) return { body, audit: undefined }
  const details = suspended === undefined ? {} : { reason: suspended.reason }
  const action = suspended === undefined ? 'app.resumed' : 'app.suspended'
  const organizationId = body.organization
  await addEvent(trx, { type: action, organizationId, atMs: nowMs, data: { app: id, ...details } })
  return { body, audit: { action, subject: id, organizationId, details } }
}

export async function showById(db: Transaction<Schema>, id: string) {
  const app = await findApp(db, id)
  if (app === undefined) throw notFound('app')
  return show(db, app)
}

async function show(db: ControlDeps['store']['db'], app: App) {
  const keys = await apiKeysOf(db, app.id)
  return {
    id: app.id,
    organization: app.organizationId,
    name: app.name,
    keys: keys.map(showKey),
    limits: { ...app.limits } as Record<string, unknown>,
    suspended:
      app.suspended === undefined
        ? null
        : { since: instantText(app.suspended.sinceMs), reason: app.suspended.reason },
    forProbes: app.forProbes,
    createdAt: instantText(app.createdMs),
  }
}
