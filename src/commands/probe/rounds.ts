import type { ScheduledProbe } from './control.ts'

/** Starts each probe again and again, at its own interval. */
export interface Rounds {
  /** Takes the place of the schedule before; a probe that stays as it was keeps its beat. */
  set(probes: readonly ScheduledProbe[]): void
  stop(): void
}

/**
 * `start` is called at once for a new probe, and then every interval, also while an earlier request of it is not
 * answered: a hung API must not make a place fall silent. `withinMs` bounds how many that are.
 */
export function createRounds(start: (probe: ScheduledProbe) => void): Rounds {
  const running = new Map<string, { readonly stop: () => void }>()
  return {
    set(probes) {
      const wanted = new Map(probes.map(probe => [JSON.stringify(probe), probe]))
      for (const [key, round] of running) {
        if (wanted.has(key)) continue
        round.stop()
        running.delete(key)
      }
      for (const [key, probe] of wanted) {
        if (!running.has(key))
          running.set(
            key,
            every(probe.everySeconds * 1000, () => start(probe)),
          )
      }
    },
    stop() {
      for (const round of running.values()) round.stop()
      running.clear()
    },
  }
}

/** Keeps the beat: a late call does not make all later ones late. Beats that were slept through are left out. */
function every(intervalMs: number, call: () => void): { readonly stop: () => void } {
  let due = performance.now()
  let timer: NodeJS.Timeout | undefined = undefined
  function beat(): void {
    const now = performance.now()
    due = Math.max(due, now - intervalMs) + intervalMs
    timer = setTimeout(beat, due - now)
    call()
  }
  beat()
  return { stop: () => clearTimeout(timer) }
}
