import * as z from 'zod'

import { calendar } from '../../core/contract/build-promises.ts'
import type { Calendar, Target } from '../../core/contract/contract.ts'
import { targetOf } from '../../core/contract/local-time.ts'
import { map } from '../../core/contract/shape-leaves.ts'
import { openHoursShape, TARGET } from '../../core/contract/shape-promises.ts'
import { dueTime } from '../../core/support/due.ts'
import { dueBecause } from '../../core/support/due-words.ts'
import { calendarMistake } from './calendar-mistake.ts'
import { readInput } from './read-input.ts'
import { InputError } from './input-error.ts'

/** When the reply to a ticket is owed; throws InputError for what is no such question. */
export function explainDue(input: unknown): { dueAt: string; because: string[] } {
  const line = readInput(dueShape, input)
  const clock = {
    calendar: calendarOf(line.calendar),
    openedMs: instantOf(line.openedAt),
    target: targetIn(line),
    waitingForCustomer: 'run',
    waits: [],
  } as const
  const due = dueTime(clock)
  if (due.kind !== 'due')
    throw new InputError('`calendar` is not open often enough for this target: it is never due')
  return {
    dueAt: Temporal.Instant.fromEpochMilliseconds(due.dueMs).toString(),
    because: dueBecause(clock, due),
  }
}

const MAX_TARGET_MINUTES = 60_000_000
const minutesPhrase = `a whole number of minutes from 1 to ${MAX_TARGET_MINUTES}`
const targetPhrase = 'a time such as `"15m"`, `"4h"` or `"1 business day"`'
const openedPhrase = 'an instant with its offset, such as `"2026-01-13T10:30:00-05:00"`'

const dueShape = map({
  calendar: z.union([z.literal('24/7'), openHoursShape], {
    error: '`"24/7"`, or an object with `timezone` and `days`',
  }),
  targetMinutes: z
    .int({ error: minutesPhrase })
    .min(1, { error: minutesPhrase })
    .max(MAX_TARGET_MINUTES, { error: minutesPhrase })
    .optional(),
  target: z.string({ error: targetPhrase }).regex(TARGET, { error: targetPhrase }).optional(),
  openedAt: z.string({ error: openedPhrase }),
})

type DueLine = z.infer<typeof dueShape>

function calendarOf(input: DueLine['calendar']): Calendar {
  const mistake = calendarMistake(input)
  if (mistake !== undefined) throw new InputError(mistake)
  return calendar(input)
}

function targetIn({ target, targetMinutes }: DueLine): Target {
  if (target !== undefined && targetMinutes !== undefined) {
    throw new InputError('`target` and `targetMinutes` both say how long; keep one of the two')
  }
  if (targetMinutes !== undefined) return { minutes: targetMinutes }
  if (target === undefined) {
    throw new InputError(
      `\`targetMinutes\` is missing; expected ${minutesPhrase}, or \`target\`, ${targetPhrase}`,
    )
  }
  return targetOf(target)
}

/** Far enough from the ends of time that no rule of a zone stumbles over them. */
const FIRST_MS = Date.UTC(1900, 0)
const END_MS = Date.UTC(2200, 0)

function instantOf(text: string): number {
  const mistake = `\`openedAt\`: expected ${openedPhrase}; found "${text}"`
  try {
    const { epochMilliseconds } = Temporal.Instant.from(text)
    if (epochMilliseconds >= FIRST_MS && epochMilliseconds < END_MS) return epochMilliseconds
    throw new InputError(`${mistake}, which is not between 1900 and 2200`)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new InputError(mistake)
  }
}
