import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Transaction } from 'kysely'
import { credentialHash, newApiKey, newId } from '../../identity/credentials.ts'
import { ProblemError } from '../../http/problem.ts'
import { addApiKey, type ApiKey, apiKeysOf, deleteApiKey } from '../../store/api-keys.ts'
import type { App } from '../../store/apps.ts'
import type { Schema } from '../../store/schema.ts'
import { newKeyAnswer } from './app-answers.ts'
import { change } from './change.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { instantText } from './instants.ts'
import { answers, appKeyPath, appPath, noContent } from './route-parts.ts'
import { notFound, type Scopes } from './scope.ts'

export function apiKeyRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(createOne(scopes), async c => {
    const { app } = c.var
    return c.json(await change(deps, c, (trx, nowMs) => addKey(trx, app, nowMs)), 201)
  })
  api.openapi(deleteOne(scopes), async c => {
    const { key } = c.req.valid('param')
    const force = c.req.valid('query').force === 'true'
    const { app } = c.var
    await change(deps, c, (trx, nowMs) => removeKey(trx, app, key, force, nowMs))
    return c.body(null, 204)
  })
}

/** More than a rotation needs, few enough that a forgotten script does not fill the directory. */
const MAX_KEYS = 20

const createOne = (scopes: Scopes) =>
  createRoute({
    tags: ['apps'],
    method: 'post',
    path: '/api/apps/{app}/keys',
    middleware: scopes.app('keys:create'),
    summary: 'Create an API key',
    description: 'Old and new keys hold together until one is deleted, so that clients can move over.',
    request: { params: appPath },
    responses: answers(201, 'The new key.', newKeyAnswer),
  })

const deleteOne = (scopes: Scopes) =>
  createRoute({
    tags: ['apps'],
    method: 'delete',
    path: '/api/apps/{app}/keys/{key}',
    middleware: scopes.app('keys:delete'),
    summary: 'Delete an API key',
    description:
      'It stops working within a second. The last key goes only with `force=true`: then nobody can call.',
    request: { params: appKeyPath, query: z.object({ force: z.enum(['true', 'false']).optional() }) },
    responses: noContent,
  })

async function addKey(trx: Transaction<Schema>, app: App, nowMs: number) {
  const keys = await apiKeysOf(trx, app.id)
  if (keys.length >= MAX_KEYS) {
    throw new ProblemError(
      'conflict',
      `The app has ${keys.length} keys, the most there may be; delete one first.`,
    )
  }
  const { key, apiKey } = await createKey(trx, app.id, nowMs)
  const details = { key: key.id, lastFour: key.lastFour }
  return {
    body: { ...showKey(key), apiKey },
    audit: { action: 'key.created', subject: app.id, organizationId: app.organizationId, details },
  }
}

/** Makes and stores a key; the only moment at which its text is known. */
export async function createKey(trx: Transaction<Schema>, appId: string, nowMs: number) {
  const apiKey = newApiKey()
  const key = { id: newId('key'), lastFour: apiKey.slice(-4), createdMs: nowMs }
  await addApiKey(trx, { ...key, appId, hash: credentialHash(apiKey) })
  return { key, apiKey }
}

async function removeKey(trx: Transaction<Schema>, app: App, keyId: string, force: boolean, nowMs: number) {
  const keys = await apiKeysOf(trx, app.id)
  const key = keys.find(({ id }) => id === keyId)
  if (key === undefined) throw notFound('key')
  if (keys.length === 1 && !force) {
    throw new ProblemError(
      'conflict',
      'This is the app’s last key: without it nothing can call the API. Create another first, or add ?force=true.',
    )
  }
  await deleteApiKey(trx, app.id, keyId, nowMs)
  const details = { key: key.id, lastFour: key.lastFour }
  return {
    body: null,
    audit: { action: 'key.deleted', subject: app.id, organizationId: app.organizationId, details },
  }
}

export function showKey({ id, lastFour, createdMs }: ApiKey) {
  return { id, lastFour, createdAt: instantText(createdMs) }
}
