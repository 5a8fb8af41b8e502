import type { ContractLimits, EndpointLimits, Limits, UserLimits } from './contract.ts'
import type { ContractInput } from './contract-shape.ts'

type PlanLimitsInput = NonNullable<NonNullable<ContractInput['plans']>[string]['limits']>

/** The contract's own limits: every number that nothing else gives is found here. */
export function contractLimits(input: ContractInput['limits']): ContractLimits {
  return {
    ...(input.platforms === undefined ? {} : { platforms: mapsOf(input.platforms) }),
    user: { default: 'off', ...userLimits(input.user ?? 'off') },
    app: numbers(input.app),
    burst: input.burst ?? { divisor: 30 },
    window: input.window ?? 'aligned',
    whenCountersAreUnreachable: input.whenCountersAreUnreachable ?? 'local',
  }
}

/** A plan's limits: what it does not say stays unsaid, and the contract's number holds. */
export function planLimits(input: PlanLimitsInput): Limits {
  return {
    ...(input.user === undefined ? {} : { user: userLimits(input.user) }),
    ...(input.app === undefined ? {} : { app: numbers(input.app) }),
    ...(input.platforms === undefined ? {} : { platforms: mapsOf(input.platforms) }),
    ...(input.burst === undefined ? {} : { burst: input.burst }),
  }
}

function userLimits(input: NonNullable<PlanLimitsInput['user']>): UserLimits {
  return typeof input === 'object' ? defined(input) : { default: input }
}

function numbers(input: Readonly<Record<string, number | undefined>>): EndpointLimits {
  return defined(input)
}

function mapsOf(
  platforms: Readonly<Record<string, Readonly<Record<string, number | undefined>>>>,
): Record<string, EndpointLimits> {
  return Object.fromEntries(Object.entries(platforms).map(([name, limits]) => [name, defined(limits)]))
}

function defined<T>(record: Readonly<Record<string, T | undefined>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(record).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  )
}
