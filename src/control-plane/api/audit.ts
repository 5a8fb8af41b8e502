import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { type AuditEntry, listAudit } from '../../store/audit.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { instantText } from './instants.ts'
import { listOf, numberedAnswer, numberOf, pageQuery } from './lists.ts'
import { answers } from './route-parts.ts'
import type { Scopes } from './scope.ts'

export function auditRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(list(scopes), async c => {
    const query = c.req.valid('query')
    const below = numberOf(query.cursor)
    const limit = query.limit + 1
    const rows = await listAudit(deps.store.db, { limit, below, organizationId: query.organization })
    return c.json(
      numberedAnswer(rows, query, ({ number }) => number, show),
      200,
    )
  })
}

const entryAnswer = z
  .object({
    number: z.number().int(),
    at: z.string(),
    actor: z.string().openapi({ description: '`operator`, the id of a member or an app, or `weir` itself.' }),
    action: z.string().openapi({ example: 'app.suspended' }),
    subject: z.string(),
    organization: z.string().nullable(),
    details: z.record(z.string(), z.unknown()),
  })
  .openapi('AuditEntry')

const list = (scopes: Scopes) =>
  createRoute({
    tags: ['audit'],
    method: 'get',
    path: '/api/audit',
    middleware: scopes.provider('audit:read'),
    summary: 'Read the audit',
    description:
      'Who changed what, newest first. It is written with the change itself, and never holds a secret.',
    request: { query: pageQuery.extend({ organization: z.string().optional() }) },
    responses: answers(200, 'A page of entries.', listOf(entryAnswer)),
  })

function show({ number, atMs, actor, action, subject, organizationId, details }: AuditEntry) {
  return {
    number,
    at: instantText(atMs),
    actor,
    action,
    subject,
    organization: organizationId ?? null,
    details: { ...details },
  }
}
