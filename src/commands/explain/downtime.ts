import * as z from 'zod'
import { type Slice, type SliceRule, downSeconds, judgeSlice } from '../../core/availability/slice-rule.ts'
import { availabilityShape } from '../../core/contract/shape-promises.ts'
import { map, whole } from '../../core/contract/shape-leaves.ts'
import { counted, grouped } from '../../core/contract/plain-words.ts'
import { readInput } from './read-input.ts'

const { sliceSeconds, errorPercent, minRequests, minFailed } = availabilityShape.shape
const requests = whole(0, Number.MAX_SAFE_INTEGER, 'requests')

const downtimeShape = map({
  rule: map({ sliceSeconds, errorPercent, minRequests, minFailed }).default({}),
  slices: z.array(map({ valid: requests, failed: requests }).superRefine(failedAreValid), {
    error: 'a list of `{ valid, failed }`',
  }),
})

/** `weir explain downtime`: which slices are down, each judged alone, and their seconds together. */
export function explainDowntime(input: unknown) {
  const { rule: given, slices } = readInput(downtimeShape, input)
  const rule: SliceRule = {
    sliceSeconds: given.sliceSeconds ?? 10,
    errorPercent: given.errorPercent ?? '5',
    minRequests: given.minRequests ?? 10,
    minFailed: given.minFailed ?? 1,
  }
  return { downSeconds: downSeconds(rule, slices), because: sliceWords(rule, slices) }
}

/** A month has 267,840 slices of ten seconds; the first few that are down show how they were judged. */
const SHOWN_SLICES = 20

function sliceWords(rule: SliceRule, slices: readonly Slice[]): string[] {
  const judged = slices.map((slice, index) => ({
    ...slice,
    number: index + 1,
    verdict: judgeSlice(rule, slice),
  }))
  const down = judged.filter(({ verdict }) => verdict === 'down')
  const tooFew = judged.filter(({ verdict }) => verdict === 'too-few')
  const { errorPercent: percent, minFailed: failures, minRequests: least } = rule
  return [
    `A slice is down when more than ${percent} % of at least ${counted(least, 'valid request')} failed, and at least ${grouped(failures)}.`,
    ...down
      .slice(0, SHOWN_SLICES)
      .map(
        ({ number, valid, failed }) =>
          `Slice ${grouped(number)}: ${grouped(failed)} of ${grouped(valid)} failed: down.`,
      ),
    ...(down.length > SHOWN_SLICES ? [`And ${grouped(down.length - SHOWN_SLICES)} more.`] : []),
    ...(tooFew.length > 0
      ? [`${counted(tooFew.length, 'slice')} with fewer requests cannot be judged alone: not down.`]
      : []),
    `${grouped(down.length)} of ${counted(slices.length, 'slice')} x ${counted(rule.sliceSeconds, 'second')} = ${grouped(down.length * rule.sliceSeconds)} seconds down.`,
  ]
}

function failedAreValid({ valid, failed }: Slice, context: z.RefinementCtx): void {
  if (failed <= valid) return
  context.addIssue({ code: 'custom', path: ['failed'], message: `at most \`valid\`, ${valid}` })
}
