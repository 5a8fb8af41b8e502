/** Finds the gateway threads that hang: they report twice a second, also when they have nothing to report. */
export interface ThreadWatch {
  /** Some thread that is followed has not been heard of for two looks and more. */
  readonly someSilent: boolean
  follow(owner: number): void
  heard(owner: number): void
  leave(owner: number): void
  stop(): void
}

const LOOK_EVERY_MS = 1000
/** More than two seconds: so long a node beats on (`LONGEST_BEAT_MS`). */
const SILENT_LOOKS = 3
/** So long a node may be silent before it is taken for dead: what lasts longer does not come back by itself. */
const HUNG_LOOKS = 10

/**
 * Silence is counted in looks and not in time: a process that was stopped for a minute, or a main thread that was busy, has
 * looked once, and finds the reports that came meanwhile before it looks again.
 */
export function createThreadWatch(onHung: (owner: number) => void): ThreadWatch {
  const looks = new Map<number, number>()
  const timer = setInterval(() => {
    for (const [owner, before] of looks) {
      looks.set(owner, before + 1)
      if (before + 1 === HUNG_LOOKS) onHung(owner)
    }
  }, LOOK_EVERY_MS)
  // A start that fails must not be kept from ending.
  timer.unref()

  return {
    get someSilent() {
      return [...looks.values()].some(count => count >= SILENT_LOOKS)
    },
    follow: owner => void looks.set(owner, 0),
    heard(owner) {
      if (looks.has(owner)) looks.set(owner, 0)
    },
    leave: owner => void looks.delete(owner),
    stop: () => clearInterval(timer),
  }
}
