import * as z from 'zod'
import { judgeClaim } from '../../core/availability/claim.ts'
import { map, whole } from '../../core/contract/shape-leaves.ts'
import { InputError } from './input-error.ts'
import { instant, timezone } from './input-shapes.ts'
import { readInput } from './read-input.ts'

const days = whole(1, 3_660, 'days')

const claimShape = map({
  incidentStart: instant().optional(),
  incidentEnd: instant(),
  claimedAt: instant(),
  claimDays: days.optional(),
  timezone: timezone().optional(),
  // A whole SLA may stand here; a claim asks it for two things.
  sla: z
    .looseObject({ claimDays: days.optional(), timezone: timezone().optional() }, { error: 'a map' })
    .default({}),
})

/** `weir explain claim`: whether a claim came in time, and which months it opens. */
export function explainClaim(input: unknown) {
  const facts = readInput(claimShape, input)
  if (facts.incidentStart !== undefined && facts.incidentStart > facts.incidentEnd) {
    throw new InputError('`incidentEnd`: expected an instant that is not before `incidentStart`')
  }
  const { accepted, because } = judgeClaim({
    incidentStartMs: facts.incidentStart,
    incidentEndMs: facts.incidentEnd,
    claimedMs: facts.claimedAt,
    claimDays: facts.claimDays ?? facts.sla.claimDays ?? 30,
    timezone: facts.timezone ?? facts.sla.timezone ?? 'UTC',
  })
  return { accepted, because }
}
