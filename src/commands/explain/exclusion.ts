import * as z from 'zod'
import { countDownTime } from '../../core/availability/exclusions.ts'
import { map, oneOf, whole } from '../../core/contract/shape-leaves.ts'
import { type Span, lengthMs } from '../../core/time/span.ts'
import { endsAfterStart, instant } from './input-shapes.ts'
import { readInput } from './read-input.ts'

const spans = <T extends z.ZodType>(item: T, phrase: string) => z.array(item, { error: phrase })

const exclusionShape = map({
  maintenance: spans(
    map({
      announcedAt: instant(),
      start: instant(),
      end: instant(),
      cancelledAt: instant().nullish(),
    }).superRefine(endsAfterStart),
    'a list of `{ announcedAt, start, end, cancelledAt }`',
  ).default([]),
  exclusions: spans(
    map({
      reason: oneOf('force-majeure', 'customer', 'third-party'),
      start: instant(),
      end: instant(),
    }).superRefine(endsAfterStart),
    'a list of `{ reason, start, end }`',
  ).default([]),
  outages: spans(
    map({ start: instant(), end: instant() }).superRefine(endsAfterStart),
    'a list of `{ start, end }`',
  ),
  noticeHours: whole(0, 8_784, 'hours').default(48),
})

/** `weir explain exclusion`: how much of some outages is excluded, and how much is down time. */
export function explainExclusion(input: unknown) {
  const facts = readInput(exclusionShape, input)
  const { down, excluded, because } = countDownTime({
    outages: facts.outages.map(spanOf),
    maintenance: facts.maintenance.map(window => ({
      ...spanOf(window),
      announcedMs: window.announcedAt,
      cancelledMs: window.cancelledAt ?? undefined,
    })),
    exclusions: facts.exclusions.map(each => ({ ...spanOf(each), reason: each.reason })),
    noticeHours: facts.noticeHours,
  })
  return { excludedSeconds: lengthMs(excluded) / 1000, downSeconds: lengthMs(down) / 1000, because }
}

function spanOf({ start, end }: { start: number; end: number }): Span {
  return { startMs: start, endMs: end }
}
