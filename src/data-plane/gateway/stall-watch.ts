/** Finds the sides that take nothing of what is sent to them, and cuts them: a slow reader holds memory. */
export interface StallWatch {
  watch(side: Side): void
  stop(): void
}

/** A side that something is sent to: a connection, or a stream of one. */
export interface Side {
  /** Bytes given to it, those that still wait too. */
  readonly bytesWritten: number
  readonly writableLength: number
  destroy(): unknown
  once(event: 'close', listener: () => void): unknown
}

interface Watched {
  /** Bytes the system had taken at the last look. */
  taken: number
  looks: number
}

/** A stall is found after this many looks without movement, so at most a quarter later than it is due. */
const LOOKS = 4

/**
 * Movement is a write that ended, and one write may hold what the streams buffer, some 64 KiB: whoever takes
 * less than that in `stallMs` counts as standing still. Calls `onStall` for each side that is cut.
 */
export function createStallWatch(stallMs: number, onStall: () => void): StallWatch {
  const sides = new Map<Side, Watched>()

  // One timer for all: ten thousand sockets need no ten thousand timers.
  const timer = setInterval(() => {
    for (const [side, seen] of sides) look(side, seen)
  }, stallMs / LOOKS)
  timer.unref()

  function look(side: Side, seen: Watched): void {
    const waiting = side.writableLength
    const taken = side.bytesWritten - waiting
    seen.looks = waiting === 0 || taken !== seen.taken ? 0 : seen.looks + 1
    seen.taken = taken
    if (seen.looks < LOOKS) return
    sides.delete(side)
    onStall()
    side.destroy()
  }

  return {
    watch(side) {
      sides.set(side, { taken: 0, looks: 0 })
      side.once('close', () => sides.delete(side))
    },
    stop: () => clearInterval(timer),
  }
}
