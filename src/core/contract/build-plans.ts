import type { Overage, Plan, UnitPrice } from './contract.ts'
import type { ContractInput } from './contract-shape.ts'
import { planLimits } from './build-limits.ts'
import { priceOf } from './build-promises.ts'

type PlanInput = NonNullable<ContractInput['plans']>[string]
type OverageInput = Exclude<PlanInput['overage'], 'none'>

export function plan(input: PlanInput): Plan {
  const { eligibility, includes = {}, overage, limits } = input
  return {
    eligibility:
      eligibility === undefined
        ? undefined
        : {
            membersAtMost: eligibility.membersAtMost,
            monthlyRevenueBelow: eligibility.monthlyRevenueBelow,
            fundingBelow: eligibility.fundingBelow,
            seats: eligibility.seats,
          },
    price: priceOf(input.price),
    includes: { mau: includes.mau, connections: includes.connections },
    overage: overage === 'none' ? overage : overageOf(overage),
    limits: limits === undefined ? undefined : planLimits(limits),
    supportPlan: input.supportPlan,
  }
}

export function overageOf(input: OverageInput): Overage {
  return {
    mau: unitPrice(input.mau),
    connections: unitPrice(input.connections),
    charge: input.charge ?? 'higher',
  }
}

function unitPrice(input: OverageInput['mau']): UnitPrice | undefined {
  if (input === undefined) return undefined
  if (typeof input === 'string') return { kind: 'unit', price: input }
  if ('package' in input) return { kind: 'package', size: input.package, price: input.price }
  return { kind: 'tiers', tiers: input.tiers.map(tier => ({ upTo: tier.upTo, price: tier.price })) }
}
