import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { monthOf, monthSpan } from '../../core/time/month.ts'
import { utcMonth } from '../../core/time/utc-month.ts'
import { ProblemError } from '../../http/problem.ts'
import { claimedMonths } from '../availability/claims.ts'
import type { SlaStatement } from '../availability/sla-statement.ts'
import { claimsOf } from '../../store/claims.ts'
import { evidenceHeadOf } from '../../store/evidence.ts'
import { incidentsWithin } from '../../store/incident-times.ts'
import { findSlaMonth, slaCreditsOf } from '../../store/sla-months.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { month } from './invoices.ts'
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
    return c.json(await monthOfOrganization(deps, c.var.organization.id, asked, nowMs), 200)
  })
}

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

async function monthOfOrganization(
  { store: { db }, usage }: ControlDeps,
  organizationId: string,
  asked: string,
  nowMs: number,
) {
  const closed = await findSlaMonth<SlaStatement>(db, organizationId, asked)
  const statement = closed?.report ?? (await usage.ask('sla', { organizationId, month: asked, nowMs }))
  const { sla } = statement
  const shown = {
    organizationId,
    statement,
    closedMs: closed?.closedMs,
    credits: await slaCreditsOf(db, organizationId, { month: asked }),
    evidenceHead: await evidenceHeadOf(db, organizationId, asked),
    nowMs,
  }
  if (sla.form === 'none' || sla.credit === 'automatic') {
    return showSla({ ...shown, incidents: [], claimed: false })
  }
  const claims = await claimsOf(db, organizationId)
  const claimed = new Set(claims.filter(({ accepted }) => accepted).map(({ incident }) => incident))
  const { startMs: fromMs, endMs: toMs } = monthSpan(asked, sla.timezone)
  const incidents = (await incidentsWithin(db, { fromMs, toMs })).map(incident => {
    return { ...incident, claimed: claimed.has(incident.id) }
  })
  const opened = await claimedMonths(db, organizationId, sla, nowMs)
  return showSla({ ...shown, incidents, claimed: opened.has(asked) })
}
