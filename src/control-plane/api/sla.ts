import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { monthOf, monthSpan } from '../../core/time/month.ts'
import { utcMonth } from '../../core/time/utc-month.ts'
import { ProblemError } from '../../http/problem.ts'
import { claimedMonths } from '../availability/claims.ts'
import { spanNamed } from '../availability/claimed-span.ts'
import { claimsOf } from '../../store/claims.ts'
import { evidenceHeadOf } from '../../store/evidence.ts'
import { incidentsWithin } from '../../store/incident-times.ts'
import type { Organization } from '../../store/organizations.ts'
import { slaCreditsOf } from '../../store/sla-months.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { instantText } from './instants.ts'
import { month } from './invoices.ts'
import { reportedMonth } from './reported-span.ts'
import { answers, organizationPath } from './route-parts.ts'
import type { Scopes } from './scope.ts'
import { showSla, slaAnswer } from './sla-answers.ts'

export function slaRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(read(scopes), async c => {
    const nowMs = deps.clock()
    const asked = c.req.valid('query').month ?? utcMonth(nowMs)
    if (asked > monthOf(nowMs, EARLIEST_ZONE)) {
      throw new ProblemError(
        'invalid-query',
        `\`month\`: ${asked} has not begun; ask for ${utcMonth(nowMs)}.`,
      )
    }
    await refuseBefore(deps, c.var.organization, asked)
    return c.json(await monthOfOrganization(deps, c.var.organization.id, asked, nowMs), 200)
  })
}

/** Of a time in which nobody was there nothing is claimed, and not that everything was up. */
async function refuseBefore(
  { agreements, store: { db } }: ControlDeps,
  { id, createdMs }: Organization,
  asked: string,
): Promise<void> {
  const { arrangements } = await agreements.of(db, id)
  const sinceMs = Math.min(createdMs, ...arrangements.map(({ startMs }) => startMs))
  const first = monthOf(sinceMs, LATEST_ZONE)
  if (asked >= first) return
  throw new ProblemError(
    'invalid-query',
    `\`month\`: ${asked} was over before the organization was there, at ${instantText(sinceMs)}; ask for ${monthOf(sinceMs)} or later.`,
  )
}

/** Where a month ends last. */
const LATEST_ZONE = 'Pacific/Pago_Pago'

/** Where a month begins first, fourteen hours before it does in UTC. */
const EARLIEST_ZONE = 'Pacific/Kiritimati'

const read = (scopes: Scopes) =>
  createRoute({
    tags: ['availability'],
    method: 'get',
    path: '/api/organizations/{organization}/sla',
    middleware: scopes.organization('availability:read'),
    summary: 'Read a month’s uptime, promise and credit',
    description:
      'Live while the month is open, frozen once it is closed; what late facts add later are credits of their own.',
    request: {
      params: organizationPath,
      query: z.object({
        month: month
          .optional()
          .openapi({ description: 'In the SLA’s timezone; the running one if left out.' }),
      }),
    },
    responses: answers(200, 'The report.', slaAnswer),
  })

async function monthOfOrganization(deps: ControlDeps, organizationId: string, asked: string, nowMs: number) {
  const { db } = deps.store
  const { statement, closedMs } = await reportedMonth(deps, organizationId, asked, nowMs)
  const { sla } = statement
  const shown = {
    organizationId,
    statement,
    closedMs,
    credits: await slaCreditsOf(db, organizationId, { month: asked }),
    evidenceHead: await evidenceHeadOf(db, organizationId, asked),
    nowMs,
  }
  if (sla.form === 'none' || sla.credit === 'automatic') {
    return showSla({ ...shown, incidents: [], claimedSpans: [], claimed: false })
  }
  const claims = await claimsOf(db, organizationId)
  const claimed = new Set(claims.filter(({ accepted }) => accepted).map(({ incident }) => incident))
  const claimedSpans = [...claimed].flatMap(name => spanNamed(name) ?? [])
  const { startMs: fromMs, endMs: toMs } = monthSpan(asked, sla.timezone)
  const incidents = (await incidentsWithin(db, { fromMs, toMs })).map(incident => {
    return { ...incident, claimed: claimed.has(incident.id) }
  })
  const opened = await claimedMonths(db, organizationId, sla, nowMs)
  return showSla({ ...shown, incidents, claimedSpans, claimed: opened.has(asked) })
}
