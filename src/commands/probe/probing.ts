import { setTimeout as timeout } from 'node:timers/promises'
import type { Logger } from 'pino'
import { createClockOffset } from '../../data-plane/recording/store-clock-offset.ts'
import { version } from '../version.ts'
import { type Seen, ask } from './ask.ts'
import { type Control, ControlError, type Schedule, type ScheduledProbe } from './control.ts'
import { createReporter } from './reporter.ts'
import { createRounds } from './rounds.ts'
import { type Target, askedOf } from './target.ts'

export interface Probing {
  /** Resolves if the control plane refuses the token, or the place, before it has answered once. */
  readonly refused: Promise<ControlError>
  /** To be called when `ended` is aborted; resolves when what was seen is told, or cannot be. */
  stop(): Promise<void>
}

export interface ProbingParts {
  readonly control: Control
  readonly target: Target
  readonly place: string
  readonly log: Logger
  readonly ended: AbortSignal
}

/** How soon a change of the contract's probes is taken up, and how often the store's clock is read. */
const REFRESH_MS = 60_000
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 30_000

/** Asks by the schedule of the control plane, and goes on by the last one while that is away. */
export function startProbing({ control, target, place, log, ended }: ProbingParts): Probing {
  const refused = Promise.withResolvers<ControlError>()
  const reporter = createReporter({ report: results => control.report(results), log })
  const states = createStates(log)
  let schedule: Schedule | undefined = undefined
  // This clock never steps; what it lacks to be the store's is measured.
  const clock = () => performance.timeOrigin + performance.now()
  const offset = createClockOffset(async () => (schedule = await control.schedule(ended)).nowMs, clock)
  const rounds = createRounds(probe => void askOnce(probe))

  async function askOnce(probe: ScheduledProbe): Promise<void> {
    const asked = askedOf(probe.request, target, schedule!.credentials, `Weir/${version} (probe)`)
    const at = new Date(Math.round(clock()) + offset.offsetMs).toISOString()
    const seen = await ask(asked, probe, ended).catch((error: unknown) => {
      if (ended.aborted) return undefined
      throw error
    })
    if (seen === undefined) return
    states.saw(probe.name, seen)
    reporter.add({ probe: probe.name, at, ...seen })
  }

  async function follow(): Promise<void> {
    for (let failures = 0; !ended.aborted;) {
      try {
        await offset.measure()
        if (failures > 0) log.info({}, 'the control plane answers again')
        failures = 0
        if (states.expects(schedule!.probes)) log.info({ place, ...facts() }, 'weir probes')
        rounds.set(schedule!.probes)
      } catch (error) {
        if (ended.aborted) return
        if (!(error instanceof ControlError)) throw error
        // What is wrong from the start, somebody has just typed.
        if (schedule === undefined && error.kind !== 'away') return refused.resolve(error)
        const what = schedule === undefined ? 'it is asked again' : 'the last schedule holds'
        if (failures === 0) log.warn({ error: error.message }, `the control plane does not answer: ${what}`)
        failures++
      }
      await pause(failures === 0 ? REFRESH_MS : pauseAfter(failures))
    }
  }

  const facts = () => ({ url: target.url, probes: schedule!.probes.map(({ name }) => name) })
  const pause = async (ms: number) =>
    timeout(ms, undefined, { signal: ended }).catch((error: unknown) => {
      if (!ended.aborted) throw error
    })

  const following = follow()
  return {
    refused: refused.promise,
    async stop() {
      rounds.stop()
      await following
      await reporter.stop()
    },
  }
}

function pauseAfter(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10))
}

/** What each probe last came to: the log tells of changes, not of every answer. */
function createStates(log: Logger) {
  const last = new Map<string, boolean>()
  let expected = ''
  return {
    /** True if these are other probes than before. */
    expects(probes: readonly ScheduledProbe[]): boolean {
      const before = expected
      expected = JSON.stringify(probes)
      return before !== expected
    },
    saw(probe: string, { ok, ms, detail }: Seen): void {
      if (last.get(probe) === ok) return
      last.set(probe, ok)
      if (ok) log.info({ probe, ms }, 'the answer is as expected')
      else log.warn({ probe, ms, detail }, 'the answer is not as expected')
    },
  }
}
