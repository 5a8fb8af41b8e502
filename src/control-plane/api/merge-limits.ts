import type { EndpointLimits, Limits, UserLimits } from '../../core/contract/contract.ts'

/** As sent: what is left out stays, `null` goes back to the plan and the contract. */
export interface LimitsPatch {
  readonly user?: NamesPatch<UserLimits> | undefined
  readonly app?: NamesPatch<EndpointLimits> | undefined
  readonly platforms?: Readonly<Record<string, NamesPatch<EndpointLimits>>> | null | undefined
}

type NamesPatch<Names extends Readonly<Record<string, unknown>>> = Readonly<
  Record<string, Names[string] | null>
> | null

/** Lays a patch over an override, as RFC 7396 does; what is empty afterwards is gone. */
export function mergeLimits(limits: Limits, patch: LimitsPatch): Limits {
  const user = mergeNames(limits.user, patch.user)
  const app = mergeNames(limits.app, patch.app)
  const platforms = mergePlatforms(limits.platforms, patch.platforms)
  return {
    ...limits,
    user,
    app,
    platforms,
  }
}

function mergeNames<Value>(
  present: Readonly<Record<string, Value>> | undefined,
  patch: Readonly<Record<string, Value | null>> | null | undefined,
): Readonly<Record<string, Value>> | undefined {
  if (patch === undefined) return present
  const merged = new Map(Object.entries(patch === null ? {} : (present ?? {})))
  for (const [name, value] of Object.entries(patch ?? {})) {
    if (value === null) merged.delete(name)
    else merged.set(name, value)
  }
  return unlessEmpty(merged)
}

function mergePlatforms(present: Limits['platforms'], patch: LimitsPatch['platforms']): Limits['platforms'] {
  if (patch === undefined) return present
  const merged = new Map(Object.entries(patch === null ? {} : (present ?? {})))
  for (const [name, names] of Object.entries(patch ?? {})) {
    const limits = mergeNames(merged.get(name), names)
    if (limits === undefined) merged.delete(name)
    else merged.set(name, limits)
  }
  return unlessEmpty(merged)
}

function unlessEmpty<Value>(map: ReadonlyMap<string, Value>): Readonly<Record<string, Value>> | undefined {
  return map.size === 0 ? undefined : Object.fromEntries(map)
}
