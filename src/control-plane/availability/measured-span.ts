import type { Kysely } from 'kysely'
import { isoInstant } from '../../core/time/instant.ts'
import type { Span } from '../../core/time/span.ts'
import { firstBeatMs } from '../../store/nodes.ts'
import type { Schema } from '../../store/schema.ts'
import { FINAL_AFTER_MS, finalPart } from './read-time.ts'

/** The part of a span of which an uptime can be told. Plain data. */
export interface MeasuredSpan {
  /** Whole slices that are final; empty if there is none. */
  readonly span: Span
  /** Why the span begins later than asked for, or is empty; undefined: it does not. */
  readonly note: string | undefined
}

export interface SpanQuestion {
  readonly fromMs: number
  readonly toMs: number
  readonly nowMs: number
}

/** When something began that is asked about, and what to say of the time before. */
export interface Beginning {
  readonly atMs: number
  readonly words: string
}

/**
 * Whatever came before the first beat of a node there ever was is not measured, and no uptime is claimed for it: neither
 * here nor on the status page. `began`: the same for an app, before which it could not be missed.
 */
export async function measuredSpan(
  db: Kysely<Schema>,
  { fromMs, toMs, nowMs }: SpanQuestion,
  sliceSeconds: number,
  began?: Beginning,
): Promise<MeasuredSpan> {
  const firstMs = await firstBeatMs(db)
  if (firstMs === undefined) {
    const note = 'No node of the gateway has beaten yet: nothing is measured, and no uptime is claimed.'
    return { span: { startMs: toMs, endMs: toMs }, note }
  }
  const since = latest({ atMs: firstMs, words: 'the first node began to beat' }, began)
  const span = wholeSlices(Math.min(toMs, Math.max(fromMs, since.atMs)), toMs, sliceSeconds, nowMs)
  return { span, note: noteOf(since, { fromMs, toMs }, span) }
}

function latest(first: Beginning, began: Beginning | undefined): Beginning {
  return began !== undefined && began.atMs > first.atMs ? began : first
}

function noteOf(
  { atMs, words }: Beginning,
  { fromMs, toMs }: Pick<SpanQuestion, 'fromMs' | 'toMs'>,
  { startMs, endMs }: Span,
): string | undefined {
  const when = `${isoInstant(atMs)}, when ${words}`
  if (atMs >= toMs) return `Nothing was measured before ${when}: no uptime is claimed for this span.`
  if (startMs === endMs) {
    return `No whole slice of the span is final yet: that takes ${FINAL_AFTER_MS / 60_000} minutes from a slice’s end.`
  }
  return atMs > fromMs ? `Nothing was measured before ${when}: the time before that is left out.` : undefined
}

/** The final slices of which each lies in the span. */
function wholeSlices(fromMs: number, toMs: number, sliceSeconds: number, nowMs: number): Span {
  const sliceMs = sliceSeconds * 1000
  const startMs = Math.ceil(fromMs / sliceMs) * sliceMs
  const endMs = Math.floor(toMs / sliceMs) * sliceMs
  return finalPart({ startMs, endMs: Math.max(startMs, endMs) }, sliceSeconds, nowMs)
}
