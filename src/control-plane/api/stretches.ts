import { z } from '@hono/zod-openapi'
import { ProblemError } from '../../http/problem.ts'
import { instantText } from './instants.ts'
import { instant } from './route-parts.ts'
import { wrong } from './subscription-rules.ts'

/** Stretches of time that people name: `start` up to, but without, `end`, in whole seconds. */

const DAY_MS = 24 * 3_600_000

/** An instant of a body; throws `invalid-body` naming the field unless it is a whole second. */
export function wholeSecond(path: string, text: string): number {
  const atMs = Date.parse(text)
  if (atMs % 1000 === 0) return atMs
  throw wrong(path, `Must be a whole second, such as ${instantText(Math.floor(atMs / 1000) * 1000)}.`)
}

/** Throws `invalid-body` unless the end lies behind the start, by at most so many days. */
export function refuseOddEnd(startMs: number, endMs: number, mostDays: number): void {
  if (endMs <= startMs) throw wrong('end', `Must be after ${instantText(startMs)}.`)
  if (endMs - startMs <= mostDays * DAY_MS) return
  throw wrong(
    'end',
    `Must be at most ${mostDays} days after the start: by ${instantText(startMs + mostDays * DAY_MS)}.`,
  )
}

const START = 'from'
const MOST_DAYS_READ = 400
const BACK_DAYS = 31
const AHEAD_DAYS = 366

export const stretchQuery = z.object({
  from: instant.optional().openapi({ description: `${BACK_DAYS} days ago if left out.` }),
  to: instant.optional().openapi({
    description: `${AHEAD_DAYS} days from now if left out; at most ${MOST_DAYS_READ} days after \`from\`.`,
  }),
})

/** What of time a list is asked for; throws `invalid-query`. */
export function askedStretch({ from, to }: z.output<typeof stretchQuery>, nowMs: number) {
  const fromMs = from === undefined ? undefined : Date.parse(from)
  const untilMs = to === undefined ? undefined : Date.parse(to)
  const startMs = fromMs ?? Math.min(nowMs, untilMs ?? nowMs) - BACK_DAYS * DAY_MS
  const toMs = untilMs ?? Math.max(nowMs, startMs) + AHEAD_DAYS * DAY_MS
  const mostMs = startMs + MOST_DAYS_READ * DAY_MS
  if (startMs >= toMs) throw wrongQuery(START, 'Must be before `to`.')
  if (untilMs === undefined) return { fromMs: startMs, toMs: Math.min(toMs, mostMs) }
  if (toMs > mostMs) throw wrongQuery('to', `Must be at most ${MOST_DAYS_READ} days after \`from\`.`)
  return { fromMs: startMs, toMs }
}

function wrongQuery(path: string, message: string): ProblemError {
  return new ProblemError('invalid-query', `${path}: ${message}`, { mistakes: [{ path, message }] })
}
