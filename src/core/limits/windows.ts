/** Windows of aligned limits start on the UTC minute, burst windows on the UTC second. Instants are Unix seconds. */
export const MINUTE_SECONDS = 60

/** The Unix second at which the aligned window of `windowSeconds` that holds `nowSecond` ends. */
export function windowEnd(nowSecond: number, windowSeconds: number): number {
  return nowSecond - (nowSecond % windowSeconds) + windowSeconds
}

/**
 * The time that counting goes by. A clock that steps back by up to a minute stands still until it has caught
 * up, so no window is granted twice; a longer step back is a correction of a clock that was far ahead, and is
 * followed at once: standing still for an hour would keep everyone limited for an hour.
 */
export function steadyTime(latestMs: number, nowMs: number): number {
  return nowMs < latestMs && latestMs - nowMs <= MINUTE_SECONDS * 1000 ? latestMs : nowMs
}
