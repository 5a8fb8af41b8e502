/**
 * A sliding minute as sixty-one one-second cells, the running one included: any sixty seconds of real time
 * touch at most sixty-one of them, so a sum within the limit is never over it. The cells are a ring in
 * `words` from `at`; the cell of second `s` is `s % 61`; `last` is the newest second that was written.
 */
export const SLIDING_CELLS = 61

/** Requests counted in the sixty-one seconds up to `now`, given that nothing was written after `last`. */
export function slidingUsed(words: Uint32Array, at: number, last: number, now: number): number {
  let used = 0
  for (let second = Math.max(oldestSecond(now), oldestSecond(last)); second <= last; second++) {
    used += words[at + (second % SLIDING_CELLS)]!
  }
  return used
}

/** Empties the cells of the seconds between `last` and `now`, so that `now`'s cell can be counted up. */
export function slidingAdvance(words: Uint32Array, at: number, last: number, now: number): void {
  for (let second = Math.max(last + 1, oldestSecond(now)); second <= now; second++) {
    words[at + (second % SLIDING_CELLS)] = 0
  }
}

/**
 * When the window resets, in Unix seconds: the first instant at which one more request would pass; if one
 * would now, when the oldest cell that holds something leaves; `now` when nothing is counted at all.
 */
export function slidingReset(
  words: Uint32Array,
  at: number,
  last: number,
  now: number,
  limit: number,
): number {
  let used = slidingUsed(words, at, last, now)
  for (let second = Math.max(oldestSecond(now), oldestSecond(last)); second <= last; second++) {
    const held = words[at + (second % SLIDING_CELLS)]!
    if (held === 0) continue
    used -= held
    if (used < limit) return second + SLIDING_CELLS
  }
  return now
}

function oldestSecond(now: number): number {
  return now - (SLIDING_CELLS - 1)
}
