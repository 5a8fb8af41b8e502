import { slaTimezone } from '../../core/availability/credit.ts'
import { slaInForce } from '../../core/pricing/sla-base.ts'
import { monthOf, monthSpan } from '../../core/time/month.ts'
import type { Span } from '../../core/time/span.ts'
import type { SlaStatement } from '../availability/sla-statement.ts'
import { findSlaMonth } from '../../store/sla-months.ts'
import type { ControlDeps } from './deps.ts'
import { instantText } from './instants.ts'
import { wrong } from './subscription-rules.ts'

/** What a month's report says of it: as it was frozen, or by what is known now. */
export async function reportedMonth(
  { store: { db }, usage }: Pick<ControlDeps, 'store' | 'usage'>,
  organizationId: string,
  month: string,
  nowMs: number,
): Promise<{ readonly statement: SlaStatement; readonly closedMs: number | undefined }> {
  const closed = await findSlaMonth<SlaStatement>(db, organizationId, month)
  if (closed !== undefined) return { statement: closed.report, closedMs: closed.closedMs }
  return { statement: await usage.ask('sla', { organizationId, month, nowMs }), closedMs: undefined }
}

/**
 * The down time of an organization's own report that holds an instant, over the turn of a month as well. Throws
 * `invalid-body` that says what the report has instead.
 */
export async function reportedSpan(
  deps: ControlDeps,
  organizationId: string,
  atMs: number,
  nowMs: number,
): Promise<Span> {
  if (atMs >= nowMs) throw wrong('downAt', `Lies ahead: give an instant before ${instantText(nowMs)}.`)
  const { arrangements } = await deps.agreements.of(deps.store.db, organizationId)
  const timezone = slaTimezone(slaInForce(arrangements, monthOf(atMs)))
  const spansAt = async (ofMs: number) => {
    const month = monthOf(ofMs, timezone)
    const { statement } = await reportedMonth(deps, organizationId, month, nowMs)
    const { spans } = statement.report
    const holding = spans.find(({ startMs, endMs }) => startMs <= ofMs && ofMs < endMs)
    return { month, spans, holding, judgedToMs: statement.judgedToMs }
  }
  const { month, spans, holding, judgedToMs } = await spansAt(atMs)
  if (holding === undefined) throw notDown(month, spans, judgedToMs)
  const whole = monthSpan(month, timezone)
  let { startMs, endMs } = holding
  if (startMs === whole.startMs) startMs = (await spansAt(startMs - 1)).holding?.startMs ?? startMs
  if (endMs === whole.endMs && endMs < nowMs) endMs = (await spansAt(endMs)).holding?.endMs ?? endMs
  return { startMs, endMs }
}

/** So many spans are named. */
const MOST_NAMED = 5

function notDown(month: string, spans: readonly Span[], judgedToMs: number) {
  const named = spans.slice(0, MOST_NAMED).map(({ startMs, endMs }) => {
    return `${instantText(startMs)} to ${instantText(endMs)}`
  })
  const more = spans.length > MOST_NAMED ? ', …' : ''
  const has = spans.length === 0 ? 'It has none' : `It has ${named.join(', ')}${more}`
  return wrong(
    'downAt',
    `No down time that counts in the report of ${month} holds this instant. ${has}; slices are final up to ${instantText(judgedToMs)}.`,
  )
}
