import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { ScheduledProbe } from './control.ts'
import { createRounds } from './rounds.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function probe(name: string, everySeconds: number): ScheduledProbe {
  return { name, request: 'GET /', expectStatus: 200, expectBody: null, withinMs: 1000, everySeconds }
}

/** What was started when, in seconds. */
function watched() {
  const begun = performance.now()
  const started: string[] = []
  const rounds = createRounds(({ name }) => started.push(`${name} ${(performance.now() - begun) / 1000}`))
  return { started, rounds }
}

it('a probe is asked at once, and then at its own interval', () => {
  const { started, rounds } = watched()
  rounds.set([probe('a', 2), probe('b', 3)])
  vi.advanceTimersByTime(6000)
  expect(started).toEqual(['a 0', 'b 0', 'a 2', 'b 3', 'a 4', 'b 6', 'a 6'])
})

it('another schedule leaves the beat of what stays, begins what is new and ends what is gone', () => {
  const { started, rounds } = watched()
  rounds.set([probe('stays', 4), probe('goes', 4), probe('changes', 4)])
  vi.advanceTimersByTime(3000)
  rounds.set([probe('stays', 4), probe('changes', 2), probe('new', 4)])
  vi.advanceTimersByTime(2000)
  expect(started.slice(3)).toEqual(['changes 3', 'new 3', 'stays 4', 'changes 5'])
})

it('a machine that slept asks once, not as often as it missed', () => {
  const { started, rounds } = watched()
  rounds.set([probe('a', 1)])
  const real = performance.now()
  // The timer fires late, as after a suspended minute.
  vi.spyOn(performance, 'now').mockImplementation(() => real + 60_000)
  vi.advanceTimersByTime(1000)
  expect(started).toHaveLength(2)
  vi.restoreAllMocks()
})

it('nothing is asked after the end', () => {
  const { started, rounds } = watched()
  rounds.set([probe('a', 1)])
  rounds.stop()
  vi.advanceTimersByTime(5000)
  expect(started).toEqual(['a 0'])
})
