import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { graceEnds } from '../invoicing/close-month.ts'
import { isClosedMonth } from '../../store/closed-months.ts'
import { findEvidence } from '../../store/evidence.ts'
import { ProblemError } from '../../http/problem.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { instantText } from './instants.ts'
import { month } from './invoices.ts'
import { organizationPath } from './route-parts.ts'
import type { Scopes } from './scope.ts'

/** For everybody, without credentials: the key that evidence is signed with. */
export function evidenceKeyRoute(
  api: OpenAPIHono<ApiEnv>,
  deps: { readonly evidenceKey: Pick<ControlDeps['evidenceKey'], 'publicKey'> },
): void {
  const { publicKey } = deps.evidenceKey
  api.get('/status/evidence-key', c => c.json({ algorithm: 'Ed25519', publicKey }))
}

export function evidenceRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  const { db } = deps.store
  api.openapi(read(scopes), async c => {
    const { id } = c.var.organization
    const { month: asked } = c.req.valid('query')
    const evidence = await findEvidence(db, id, asked)
    if (evidence === undefined) throw await noEvidence(deps, id, asked)
    c.header('content-disposition', `attachment; filename="evidence-${id}-${asked}.jsonl"`)
    return c.text(new TextDecoder().decode(evidence.file), 200)
  })
}

async function noEvidence(
  { store: { db }, agreements, clock }: ControlDeps,
  organizationId: string,
  asked: string,
): Promise<ProblemError> {
  const report = `The report is at GET /api/organizations/${organizationId}/sla?month=${asked}.`
  if (await isClosedMonth(db, organizationId, asked)) {
    const why = 'was closed without evidence: no plan was held in it, or an older Weir closed it.'
    return new ProblemError('not-found', `The month ${asked} ${why}`, { fix: report })
  }
  const closesMs = graceEnds(await agreements.versions(db), asked)
  const at = instantText(closesMs)
  const when =
    closesMs <= clock()
      ? 'Its hours of grace are over: it closes with the next run of the job, if a plan was held in it.'
      : `It closes at ${at} at the earliest: ask again then.`
  const why = 'is not closed yet; its evidence is written when it is.'
  return new ProblemError('not-found', `The month ${asked} ${why}`, { fix: `${when} ${report}` })
}

const read = (scopes: Scopes) =>
  createRoute({
    tags: ['availability'],
    method: 'get',
    path: '/api/organizations/{organization}/sla/evidence',
    middleware: scopes.organization('availability:read'),
    summary: 'Download the evidence of a closed month',
    description:
      'JSON lines, hash-chained and signed: everything the uptime and the credit were reckoned from. `weir verify FILE` ' +
      'reckons it again, offline. The public key is at /status/evidence-key.',
    request: { params: organizationPath, query: z.object({ month }) },
    responses: {
      200: { description: 'The file.', content: { 'text/plain': { schema: z.string() } } },
    },
  })
