import type { OpenAPIHono } from '@hono/zod-openapi'
import type { ApiEnv } from './deps.ts'

type Generated = ReturnType<OpenAPIHono<ApiEnv>['getOpenAPI31Document']>
export type ApiDocument = Generated

/** The OpenAPI document of every route registered so far, with what all of them share. */
export function makeDocument(api: OpenAPIHono<ApiEnv>, version: string): ApiDocument {
  const generated = api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Weir’s control API', version, description },
    tags,
    security: [{ bearer: [] }],
  })
  return {
    ...generated,
    paths: withCommonParts(generated.paths),
    components: {
      ...generated.components,
      securitySchemes: { bearer: bearerScheme },
      schemas: { ...generated.components?.schemas, Problem: problemSchema },
    },
  }
}

const description =
  'Organizations, apps, members, the contract and webhooks. JSON with names in camelCase; instants are RFC 3339 in UTC; ' +
  'errors are problems (RFC 9457) with a `code`; lists answer `items` and `nextCursor`. Every change writes an ' +
  'audit entry. What belongs to another organization is answered like what does not exist.'

const tags = [
  { name: 'organizations', description: 'Customers, and what they hold.' },
  { name: 'apps', description: 'A customer’s applications: keys, limits, suspension, review.' },
  { name: 'members', description: 'People, their roles and tokens.' },
  { name: 'contract', description: 'The contract in force and its versions.' },
  { name: 'webhooks', description: 'Addresses that are told of events, and what came of it.' },
  { name: 'invoices', description: 'What is billed, what was paid, and what is owed back.' },
  { name: 'usage', description: 'What was used: active users, connections, requests.' },
  {
    name: 'availability',
    description: 'Uptime and what is owed for the rest; incidents, announced work, and what is excluded.',
  },
  { name: 'support', description: 'Tickets: for now claims of a credit.' },
  { name: 'audit', description: 'Who changed what.' },
]

const bearerScheme = {
  type: 'http' as const,
  scheme: 'bearer',
  description:
    'The operator’s token, a member’s token, or an app’s server token together with its API key, which goes where the contract says.',
}

const problemSchema = {
  type: 'object' as const,
  required: ['type', 'title', 'status', 'code', 'detail', 'fix', 'requestId'],
  properties: {
    type: { type: 'string' as const },
    title: { type: 'string' as const },
    status: { type: 'integer' as const },
    code: { type: 'string' as const, examples: ['not-found'] },
    detail: { type: 'string' as const },
    fix: { type: 'string' as const, description: 'What to do about it.' },
    requestId: { type: 'string' as const },
    mistakes: {
      type: 'array' as const,
      items: { type: 'object' as const },
      description: 'Each thing wrong.',
    },
  },
}

const problemAnswer = {
  description: 'A problem: what went wrong, and what to do about it.',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header' as const,
  schema: { type: 'string' as const, maxLength: 255 },
  description: 'The same key with the same request gets the same answer for a day, and happens once.',
}

type Paths = NonNullable<Generated['paths']>

/** Every route can answer with a problem, and every POST takes an idempotency key. */
function withCommonParts(paths: Generated['paths']): Paths {
  const entries = Object.entries(paths ?? {}).map(([path, item]) => {
    const operations = methods.flatMap(method => {
      const operation = item[method]
      if (operation === undefined) return []
      const parameters = [...(operation.parameters ?? []), ...(method === 'post' ? [idempotencyKey] : [])]
      const responses = { ...operation.responses, default: problemAnswer }
      return [[method, { ...operation, parameters, responses }] as const]
    })
    return [path, { ...item, ...Object.fromEntries(operations) }] as const
  })
  return Object.fromEntries(entries)
}

export const methods = ['get', 'post', 'put', 'patch', 'delete'] as const
