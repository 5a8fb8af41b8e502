/** How far this machine's clock is from the store's. */
export interface ClockOffset {
  /** To add to this machine's clock, in whole milliseconds. */
  readonly offsetMs: number
  /** The store's clock differs from the sum by at most this much, as of the last measurement. */
  readonly errorMs: number
  /** Reads the store's clock again. Rejects when the store is away; what was measured last then holds on. */
  measure(): Promise<void>
}

/** Of several the quickest answer says most: the store read its clock somewhere between question and answer. */
const READINGS = 5
/** A measurement moves the offset by this share: one slow answer must not move time by all that it is wrong. */
const SHARE = 1 / 4

/**
 * `read` answers with the store's clock in Unix milliseconds, or undefined where it has none of its own: then the
 * offset is 0 and nothing is measured. The offset follows smoothly, except that a clock which was put right is
 * followed at once: that shows as a difference no round trip can explain.
 */
export function createClockOffset(read: () => Promise<number | undefined>, clock: () => number): ClockOffset {
  let known: { offsetMs: number; errorMs: number } | undefined = undefined

  async function readOnce(): Promise<{ offsetMs: number; errorMs: number } | undefined> {
    const sentMs = clock()
    const storeMs = await read()
    const receivedMs = clock()
    if (storeMs === undefined) return undefined
    return {
      offsetMs: storeMs - (sentMs + receivedMs) / 2,
      errorMs: Math.max(0, receivedMs - sentMs) / 2 + 1,
    }
  }

  return {
    get offsetMs() {
      return Math.round(known?.offsetMs ?? 0)
    },
    get errorMs() {
      return Math.ceil(known?.errorMs ?? 0)
    },
    async measure() {
      let best: { offsetMs: number; errorMs: number } | undefined = undefined
      for (let i = 0; i < READINGS; i++) {
        const reading = await readOnce()
        if (!reading) return
        if (!best || reading.errorMs < best.errorMs) best = reading
      }
      const difference = best!.offsetMs - (known?.offsetMs ?? 0)
      if (!known || Math.abs(difference) > known.errorMs + best!.errorMs) {
        known = best
        return
      }
      const offsetMs: number = known.offsetMs + difference * SHARE
      known = { offsetMs, errorMs: best!.errorMs + Math.abs(best!.offsetMs - offsetMs) }
    },
  }
}
