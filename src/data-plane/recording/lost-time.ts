import type { Batch, Span, UnmeasuredSpan } from '../../store/batch.ts'
import { joinSpans } from '../../store/spans.ts'

/** Beyond this many spans it is told for all apps at once: whoever drops that much has dropped of everybody. */
const MOST_SPANS = 10_000

/** The time that is unmeasured once a batch is dropped: for each app the slices, else the minutes, it was seen in. */
export function lostTime({ appSlices, requests, unmeasured }: Batch): UnmeasuredSpan[] {
  const sliced = new Set(appSlices.map(({ name }) => name))
  return joinLost([
    ...unmeasured,
    ...appSlices.map(({ name, sliceMs, seconds }) => ({
      appId: name,
      fromMs: sliceMs,
      toMs: sliceMs + seconds * 1000,
    })),
    ...requests
      .filter(({ appId }) => !sliced.has(appId))
      .map(({ appId, minuteMs }) => ({ appId, fromMs: minuteMs, toMs: minuteMs + 60_000 })),
  ])
}

/** Spans of the same app that touch are one. */
export function joinLost(lost: readonly UnmeasuredSpan[]): UnmeasuredSpan[] {
  const byApp = Map.groupBy(lost, ({ appId }) => appId)
  const joined = [...byApp].flatMap(([appId, spans]) =>
    joinSpans(spans, 0).map((span: Span) => ({ appId, ...span })),
  )
  if (joined.length <= MOST_SPANS) return joined
  return joinSpans(joined, 0).map(span => ({ appId: undefined, ...span }))
}
