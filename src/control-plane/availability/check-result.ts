import { type Break, different, shown } from '../../core/evidence/break.ts'
import type { EvidenceContent } from '../../core/evidence/read-file.ts'
import { spanIn } from '../../core/evidence/record.ts'
import { isoInstant } from '../../core/time/instant.ts'
import type { Span } from '../../core/time/span.ts'
import type { Anew } from './check-evidence.ts'

/** Where a file's result is not what its month comes to: figures first, then the words that explain them. */
export function resultBreaks({ header, result }: EvidenceContent, anew: Anew): Break[] {
  const { line } = result
  const { amount, minutes, capped, uptime } = anew.credit
  const { numerator, denominator } = anew.base
  return [
    ...different(header.line, 'base.amount', `${numerator}/${denominator}`, header.base.amount),
    ...different(line, 'downSeconds', anew.downSeconds, result.downSeconds),
    ...different(line, 'down', spansText(anew.down), spansText(result.down.map(spanIn))),
    ...different(line, 'uptime', uptime, result.uptime),
    ...different(line, 'target', anew.target ?? null, result.target),
    ...different(line, 'credit.amount', amount, result.credit.amount),
    ...different(line, 'credit.minutes', minutes, result.credit.minutes),
    ...different(line, 'credit.capped', capped, result.credit.capped),
    ...different(line, 'owed', anew.owed, result.owed),
    ...wordBreaks(line, anew.because, result.because),
  ]
}

/**
 * The words are part of format 1: whoever words a step otherwise writes another format, and says of files of this one
 * that their words are not reckoned again. The golden files fail before that is forgotten.
 */
function wordBreaks(line: number, expected: readonly string[], found: readonly string[]): Break[] {
  const steps = Array.from({ length: Math.max(expected.length, found.length) }, (_, step) => step)
  const step = steps.find(each => expected[each] !== found[each])
  if (step === undefined) return []
  const [is, was] = [expected[step] ?? '', found[step] ?? '']
  const from = differFrom(is, was)
  return [{ line, field: `because.${step}`, expected: shown(is.slice(from)), found: shown(was.slice(from)) }]
}

/** The start of the word in which two sentences first differ: what is shown of them is short. */
function differFrom(one: string, other: string): number {
  let at = 0
  while (at < one.length && one[at] === other[at]) at++
  return one.lastIndexOf(' ', at - 1) + 1
}

function spansText(spans: readonly Span[]): string {
  return (
    spans.map(({ startMs, endMs }) => `${isoInstant(startMs)} to ${isoInstant(endMs)}`).join(', ') || 'none'
  )
}
