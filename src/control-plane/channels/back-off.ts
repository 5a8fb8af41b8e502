const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** The pauses between attempts, as the Standard Webhooks specification proposes them: some three days in all. */
const PAUSES_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
]

/** Up to a tenth more, so that what failed together does not come back together. */
const JITTER = 0.1

/**
 * How long to wait after the attempt that failed as the `failures`th (from 1); undefined: give up. `random` is from 0
 * to 1.
 */
export function pauseAfter(failures: number, random: number): number | undefined {
  const pauseMs = PAUSES_MS[failures - 1]
  return pauseMs === undefined ? undefined : Math.round(pauseMs * (1 + JITTER * random))
}
