import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../e2e/harness.ts'

/** A machine's clock that a test puts forward and back, as one Weir's process sees it. */
export interface ClockSteps {
  /** For the process. */
  readonly env: NodeJS.ProcessEnv
  /** What the clock shows. */
  now(): number
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
  return {
    env: { NODE_OPTIONS: `--import ${preload}`, STEPPED_CLOCK: file },
    now: () => Date.now() + stepMs,
    async step(ms, resetOf) {
      const before = await resetOf()
      stepMs += ms
      writeFileSync(`${file}.new`, String(stepMs))
      renameSync(`${file}.new`, file)
      await eventually(resetOf, reset => Math.abs(reset - before) * 1000 >= Math.abs(ms) / 2, 20_000)
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}
