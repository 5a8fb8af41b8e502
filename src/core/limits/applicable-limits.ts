import type { Limits } from '../contract/contract.ts'

/** The numbers that hold for one app, endpoint and platform. */
export interface ApplicableLimits {
  /** Requests a minute of the app. */
  readonly app: number
  /** Requests a minute of each user; undefined: users have no limit of their own. */
  readonly user: number | undefined
  /** Requests a second of the app; undefined: no burst limit. */
  readonly burst: number | undefined
}

/**
 * Which numbers hold (design, "Limits"). `sources` come strongest first: override, terms, plan, contract.
 * The named endpoint is looked for in every source before `default` is looked for in any; within a source
 * the platform's number beats the one for all platforms; the first found holds. User limits go the same way
 * without platforms, and `off` is a number like any other.
 *
 * The contract, as the last source, always has an app `default`: without one this throws a RangeError.
 */
export function applicableLimits(
  sources: readonly Limits[],
  endpoint: string,
  platform: string,
): ApplicableLimits {
  const app = appLimit(sources, endpoint, platform)
  const user = userLimit(sources, endpoint)
  const burst = sources.find(source => source.burst !== undefined)?.burst
  return {
    app,
    user: user === 'off' ? undefined : user,
    // Rounded up: never less than promised.
    burst: burst === undefined || burst === 'off' ? undefined : Math.max(1, Math.ceil(app / burst.divisor)),
  }
}

function appLimit(sources: readonly Limits[], endpoint: string, platform: string): number {
  for (const name of [endpoint, 'default']) {
    for (const source of sources) {
      const ofPlatform = source.platforms && own(source.platforms, platform)
      const found = (ofPlatform && own(ofPlatform, name)) ?? (source.app && own(source.app, name))
      if (found !== undefined) return found
    }
  }
  throw new RangeError(`no app limit for ${endpoint}, and no default`)
}

function userLimit(sources: readonly Limits[], endpoint: string): number | 'off' | undefined {
  for (const name of [endpoint, 'default']) {
    for (const source of sources) {
      const found = source.user && own(source.user, name)
      if (found !== undefined) return found
    }
  }
  return undefined
}

/** An endpoint may well be called `constructor`: only what the contract itself says counts. */
function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}
