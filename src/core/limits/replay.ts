/** Requests of one app to one endpoint on one platform in one UTC minute, as they were recorded. */
export interface MinuteOfRequests {
  readonly endpoint: string
  readonly platform: string
  readonly minuteMs: number
  /** Admitted and forwarded, whatever came of them. */
  readonly admitted: number
  /** Refused because some limit was reached. */
  readonly limited: number
}

export interface Replay {
  readonly admitted: number
  /** Of the admitted ones, those above the other limit in their minute: at least so many would have been refused. */
  readonly refusedAtLeast: number
  /** Minutes in which that would have happened, over all endpoints and platforms. */
  readonly minutes: number
  /** Of the refused ones, those that there would have been room for: at most so many would have passed. */
  readonly passedAtMost: number
  /** By endpoint and platform, most refused first; only those that lose something. */
  readonly places: readonly ReplayedPlace[]
}

export interface ReplayedPlace {
  readonly endpoint: string
  readonly platform: string
  /** The one that held in the last minute that was added. */
  readonly limit: number
  readonly refusedAtLeast: number
  readonly minutes: number
  /** The most that were admitted in one minute, and when. */
  readonly busiest: { readonly minuteMs: number; readonly admitted: number }
}

export interface Replayer {
  add(minute: MinuteOfRequests): void
  result(): Replay
}

/**
 * What other limits of the app would have done to traffic that was recorded by the minute. It is a bound and no more:
 * users and seconds are not recorded, so user limits and bursts could only refuse more, and so could a sliding window;
 * and clients that are refused come again or give up, which nobody knows afterwards.
 */
export function createReplay(
  appLimit: (endpoint: string, platform: string, minuteMs: number) => number,
): Replayer {
  const places = new Map<string, ReplayedPlace>()
  const total = { admitted: 0, passedAtMost: 0 }
  return {
    add({ endpoint, platform, minuteMs, admitted, limited }) {
      const limit = appLimit(endpoint, platform, minuteMs)
      total.admitted += admitted
      total.passedAtMost += Math.min(limited, Math.max(0, limit - admitted))
      const over = Math.max(0, admitted - limit)
      const key = JSON.stringify([endpoint, platform])
      const before = places.get(key)
      const isBusiest = before === undefined || admitted > before.busiest.admitted
      places.set(key, {
        endpoint,
        platform,
        limit,
        refusedAtLeast: (before?.refusedAtLeast ?? 0) + over,
        minutes: (before?.minutes ?? 0) + Number(over > 0),
        busiest: isBusiest ? { minuteMs, admitted } : before.busiest,
      })
    },
    result() {
      const losing = [...places.values()].filter(({ refusedAtLeast }) => refusedAtLeast > 0)
      return {
        ...total,
        refusedAtLeast: losing.reduce((sum, place) => sum + place.refusedAtLeast, 0),
        minutes: losing.reduce((sum, place) => sum + place.minutes, 0),
        places: losing.toSorted((a, b) => b.refusedAtLeast - a.refusedAtLeast),
      }
    },
  }
}
