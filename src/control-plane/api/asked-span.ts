import { z } from '@hono/zod-openapi'
import { monthSpan } from '../../core/time/month.ts'
import { utcMonth } from '../../core/time/utc-month.ts'
import { ProblemError } from '../../http/problem.ts'
import type { SpanQuestion } from '../availability/measured-span.ts'
import { instantText } from './instants.ts'
import { instant } from './route-parts.ts'

/** A season and a bit: 864,000 slices of ten seconds are judged in well under a second. */
const MOST_DAYS = 100

/** Of which an uptime is asked for. */
export const spanQuery = z.object({
  from: instant.optional().openapi({ description: 'The start of the UTC month if left out.' }),
  to: instant.optional().openapi({
    description: `Now if left out; at most ${MOST_DAYS} days after \`from\`.`,
  }),
})

/** Throws `invalid-query` for what is no span, one to come, or too long a one. */
export function askedSpan({ from, to }: z.output<typeof spanQuery>, nowMs: number): SpanQuestion {
  const fromMs = from === undefined ? monthSpan(utcMonth(nowMs)).startMs : Date.parse(from)
  const toMs = to === undefined ? nowMs : Date.parse(to)
  if (fromMs > nowMs) {
    throw new ProblemError('invalid-query', `\`from\` has not come yet: it is ${instantText(nowMs)}.`)
  }
  if (fromMs >= toMs) throw new ProblemError('invalid-query', upsideDown({ from, to }, fromMs, toMs))
  if (toMs - fromMs > MOST_DAYS * 86_400_000) {
    throw new ProblemError('invalid-query', `Ask for at most ${MOST_DAYS} days at a time.`)
  }
  return { fromMs, toMs, nowMs }
}

function upsideDown({ from, to }: z.output<typeof spanQuery>, fromMs: number, toMs: number): string {
  if (from === undefined) {
    return `Without \`from\` the span begins with this month, at ${instantText(fromMs)}, and \`to\` lies before that: give both.`
  }
  if (to === undefined)
    return `Without \`to\` the span ends now, at ${instantText(toMs)}: \`from\` must be before that.`
  return '`from` must be before `to`.'
}
