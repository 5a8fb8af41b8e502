/**
 * A clock that tests and demos set: at the real instant `originMs` it shows `startMs`, and from there it runs `speed`
 * times as fast. Plain data, so that every thread of a process reads the same time. Instants are Unix milliseconds.
 */
export interface TestClock {
  readonly startMs: number
  readonly originMs: number
  readonly speed: number
}

/** What the clock shows at a real instant; without a test clock, that instant itself. */
export function shownTime(clock: TestClock | undefined, realMs: number): number {
  if (clock === undefined) return realMs
  return Math.floor(clock.startMs + (realMs - clock.originMs) * clock.speed)
}
