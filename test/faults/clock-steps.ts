import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../e2e/harness.ts'
import { SLICE_MS } from './made-outage.ts'

/** A machine's clock that a test puts forward and back, as one Weir's process sees it. */
export interface ClockSteps {
  /** For the process. */
  readonly env: NodeJS.ProcessEnv
  /** What the clock shows. */
  now(): number
  /** Puts the clock forward or back, whoever has noticed. */
  set(ms: number): void
  /** Resolves when the gateway has the new time; `resetOf` asks it for the second in which a limit begins anew. */
  step(ms: number, resetOf: () => Promise<number>): Promise<void>
  remove(): void
}

/** `startMs`: what it shows first; what it truly is if left out. */
export function createClockSteps(startMs = Date.now()): ClockSteps {
  const folder = mkdtempSync(join(tmpdir(), 'weir-clock-'))
  const file = join(folder, 'step')
  let stepMs = startMs - Date.now()
  writeFileSync(file, String(stepMs))
  const preload = new URL('stepped-clock.ts', import.meta.url).href
  function set(ms: number): void {
    stepMs += ms
    writeFileSync(`${file}.new`, String(stepMs))
    renameSync(`${file}.new`, file)
  }
  return {
    env: { NODE_OPTIONS: `--import ${preload}`, STEPPED_CLOCK: file },
    now: () => Date.now() + stepMs,
    set,
    async step(ms, resetOf) {
      const before = await resetOf()
      set(ms)
      // Put back by less than a minute windows stand still, so nothing tells that the time is there.
      if (Math.abs(ms) < 60_000) await new Promise(resolve => setTimeout(resolve, SLICE_MS))
      else await eventually(resetOf, reset => Math.abs(reset - before) * 1000 >= Math.abs(ms) / 2, 60_000)
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}
