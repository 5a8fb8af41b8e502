import { map, whole } from '../../core/contract/shape-leaves.ts'
import { judgeEligibility } from '../../core/pricing/eligibility.ts'
import { inputAmount } from './input-shapes.ts'
import { readInput } from './read-input.ts'

/** The rule of the ready contract's plan `maker`; an input may bring that of its own plan. */
const MAKER = { membersAtMost: 5, monthlyRevenueBelow: '10000', fundingBelow: '100000' }

const makerShape = map({
  members: whole(0, undefined, 'people'),
  monthlyRevenue: inputAmount(),
  funding: inputAmount(),
  eligibility: map({
    membersAtMost: whole(0, undefined, 'people').optional(),
    monthlyRevenueBelow: inputAmount().optional(),
    fundingBelow: inputAmount().optional(),
    seats: whole(1, undefined, 'organizations').optional(),
  }).optional(),
})

/** `weir explain maker`: whether what an organization declares makes it eligible for the plan. */
export function explainMaker(input: unknown) {
  const { eligibility = MAKER, ...declared } = readInput(makerShape, input)
  const { membersAtMost, monthlyRevenueBelow, fundingBelow } = eligibility
  return judgeEligibility({ membersAtMost, monthlyRevenueBelow, fundingBelow }, declared)
}
