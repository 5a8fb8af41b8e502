import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BURN_LOOK_BACK_MS, type BurnFacts, findBurn, findCalm } from './burn-rate.ts'

const startMs = Date.UTC(2026, 10, 10)
const SECONDS = 10
const MINUTE = 60 / SECONDS
const HOUR = 60 * MINUTE

/** Slices of ten seconds: which are down, by their numbers. */
function hours(count: number, down: Iterable<number>, skipped: Iterable<number> = []): BurnFacts {
  const grid = { startMs, seconds: SECONDS, length: count * HOUR }
  const facts = { grid, down: new Uint8Array(grid.length), skipped: new Uint8Array(grid.length) }
  for (const slice of down) facts.down[slice] = 1
  for (const slice of skipped) facts.skipped[slice] = 1
  return facts
}

function range(from: number, to: number, step = 1): number[] {
  return Array.from({ length: Math.ceil((to - from) / step) }, (_, at) => from + at * step)
}

const atSlice = (slice: number) => startMs + slice * SECONDS * 1000

/** What is known at the end of a slice: six hours back. */
function knownAt({ grid, down, skipped }: BurnFacts, slice: number): BurnFacts {
  const first = Math.max(0, slice - BURN_LOOK_BACK_MS / 1000 / SECONDS)
  return {
    grid: { ...grid, startMs: atSlice(first), length: slice - first },
    down: down.subarray(first, slice),
    skipped: skipped.subarray(first, slice),
  }
}

/** The incidents that a look every minute opens and closes, in slices; `seen` is when it opened and closed. */
function incidentsOf(facts: BurnFacts) {
  const incidents: { from: number; to?: number; opened: number; closed?: number; rule: string }[] = []
  const toSlice = (ms: number) => (ms - startMs) / 1000 / SECONDS
  let sinceMs = -Infinity
  for (let slice = MINUTE; slice <= facts.grid.length; slice += MINUTE) {
    const known = knownAt(facts, slice)
    const last = incidents.at(-1)
    if (last !== undefined && last.closed === undefined) {
      const calm = findCalm(known, atSlice(last.from))
      if (calm === undefined) continue
      last.to = toSlice(calm.endedMs)
      last.closed = slice
      sinceMs = calm.endedMs
    } else {
      const burn = findBurn(known, sinceMs)
      if (burn) incidents.push({ from: toSlice(burn.startedMs), opened: slice, rule: burn.rule })
    }
  }
  return incidents
}

describe('what opens an incident', () => {
  test('a blip does not: 50 seconds of an hour are fewer than 51.84', () => {
    expect(findBurn(hours(6, range(6 * HOUR - 5, 6 * HOUR)), -Infinity)).toBeUndefined()
  })

  test('a minute of an hour does, from its first slice, if it goes on', () => {
    const burn = findBurn(hours(6, range(6 * HOUR - 6, 6 * HOUR)), -Infinity)
    expect(burn).toEqual({
      rule: 'fast',
      startedMs: atSlice(6 * HOUR - 6),
      because:
        'Down for 60 of the last 3,600 seconds and for 60 of the last 300: in both, at least 14.4 times as much as 99.9 % allows.',
    })
  })

  test('a blip before a pause as long as the calm is not where it began', () => {
    const began = (pause: number) => {
      const down = range(6 * HOUR - 6, 6 * HOUR)
      return findBurn(hours(6, [6 * HOUR - 7 - pause, ...down]), -Infinity)?.startedMs
    }
    expect(began(15 * MINUTE)).toBe(atSlice(6 * HOUR - 6))
    expect(began(15 * MINUTE - 1)).toBe(atSlice(6 * HOUR - 6 - 15 * MINUTE))
  })

  test('one that ended five minutes ago does not any more', () => {
    const down = range(6 * HOUR - 5 * MINUTE - 6, 6 * HOUR - 5 * MINUTE)
    expect(findBurn(hours(6, down), -Infinity)).toBeUndefined()
    expect(
      findBurn(
        hours(
          6,
          down.map(slice => slice + 1),
        ),
        -Infinity,
      ),
    ).toBeDefined()
  })

  test('a slow leak does: ten seconds every twenty minutes, after the thirteenth time', () => {
    const leak = (times: number) => hours(6, range(10, 10 + times * 20 * MINUTE, 20 * MINUTE))
    expect(incidentsOf(leak(12))).toEqual([])
    const [incident, ...others] = incidentsOf(leak(14))
    expect(incident).toMatchObject({ rule: 'slow', from: 10 })
    expect(others).toEqual([])
  })

  test('a slice that is long by itself is still one blip', () => {
    const grid = { startMs, seconds: 60, length: 360 }
    const down = new Uint8Array(360)
    down[359] = 1
    const facts = { grid, down, skipped: new Uint8Array(360) }
    expect(findBurn(facts, -Infinity)).toBeUndefined()
    down[357] = 1
    expect(findBurn(facts, -Infinity)?.startedMs).toBe(startMs + 357 * 60_000)
  })

  test('announced work opens none, and neither does what belongs to an incident that is over', () => {
    const down = range(5 * HOUR, 6 * HOUR)
    expect(findBurn(hours(6, down, down), -Infinity)).toBeUndefined()
    expect(findBurn(hours(6, down), atSlice(6 * HOUR - 5))).toBeUndefined()
    expect(findBurn(hours(6, down), atSlice(6 * HOUR - 6))?.startedMs).toBe(atSlice(6 * HOUR - 6))
  })
})

describe('what closes it', () => {
  const minuteDown = range(5 * HOUR, 5 * HOUR + 6)

  test('a quarter of an hour up, to the slice; it ended when the last slice did that was down', () => {
    const facts = hours(6, minuteDown)
    const over = 5 * HOUR + 6 + 15 * MINUTE
    expect(findCalm(knownAt(facts, over - 1), atSlice(5 * HOUR))).toBeUndefined()
    expect(findCalm(knownAt(facts, over), atSlice(5 * HOUR))).toEqual({
      endedMs: atSlice(5 * HOUR + 6),
      because: 'Up since 2026-11-10T05:01:00Z: for 900 seconds that count, and 900 are asked for.',
    })
  })

  test('half an hour, where much of the last six hours was down', () => {
    const facts = hours(7, range(5 * HOUR, 5 * HOUR + 13))
    const [incident] = incidentsOf(facts)
    expect(incident).toMatchObject({ from: 5 * HOUR, to: 5 * HOUR + 13 })
    expect(incident?.closed).toBe(Math.ceil((5 * HOUR + 13 + 30 * MINUTE) / MINUTE) * MINUTE)
  })

  test('time of announced work is no time up', () => {
    const work = range(5 * HOUR + 6, 5 * HOUR + 40 * MINUTE)
    const facts = hours(6, minuteDown, work)
    const end = 5 * HOUR + 40 * MINUTE
    expect(findCalm(knownAt(facts, end + 14 * MINUTE), atSlice(5 * HOUR))).toBeUndefined()
    expect(findCalm(knownAt(facts, end + 15 * MINUTE), atSlice(5 * HOUR))?.endedMs).toBe(
      atSlice(5 * HOUR + 6),
    )
  })

  test('where nothing was down as far back as is known, it ended before that', () => {
    const facts = { ...hours(6, []), grid: { startMs: atSlice(HOUR), seconds: SECONDS, length: 6 * HOUR } }
    expect(findCalm(facts, startMs)?.endedMs).toBe(atSlice(HOUR))
    expect(findCalm(facts, atSlice(2 * HOUR))?.endedMs).toBe(atSlice(2 * HOUR))
  })
})

describe('for whatever pattern', () => {
  /** Outages and pauses in turn, in slices. */
  const pattern = (pause: fc.Arbitrary<number>, outage = fc.integer({ min: 1, max: 12 })) =>
    fc.array(fc.tuple(pause, outage), { minLength: 1, maxLength: 60 }).map(turns => {
      const down: number[] = []
      let at = 0
      for (const [up, failing] of turns) {
        down.push(...range(at + up, at + up + failing))
        at += up + failing
      }
      return down.filter(slice => slice < 10 * HOUR)
    })
  const fasterThanCalm = pattern(
    fc.integer({ min: 1, max: 15 * MINUTE - 1 }),
    fc.integer({ min: 6, max: 12 }),
  )
  const any = pattern(fc.integer({ min: 1, max: 60 * MINUTE }))
  const check = (arbitrary: fc.Arbitrary<number[]>, holds: (down: number[]) => void) =>
    fc.assert(fc.property(arbitrary, holds), { numRuns: 60 })

  test('what toggles faster than the calm is one incident', () => {
    check(fasterThanCalm, down => {
      const incidents = incidentsOf(hours(12, down))
      expect(incidents).toMatchObject([{ from: down[0], to: down.at(-1)! + 1 }])
    })
  })

  test('incidents begin and end where slices were down, never overlap, and lie at least the calm apart', () => {
    check(any, down => {
      const incidents = incidentsOf(hours(12, down))
      const marked = new Set(down)
      let lastEnd = -Infinity
      for (const { from, to, opened } of incidents) {
        expect(marked.has(from)).toBe(true)
        expect(from).toBeGreaterThanOrEqual(lastEnd)
        expect(opened).toBeGreaterThan(from)
        if (to === undefined) continue
        expect(marked.has(to - 1)).toBe(true)
        expect(range(to, to + 15 * MINUTE).some(slice => marked.has(slice))).toBe(false)
        lastEnd = to + 15 * MINUTE
      }
    })
  })

  test('less than 51 seconds in any six hours opens nothing', () => {
    const few = fc.uniqueArray(fc.nat({ max: 6 * HOUR - 1 }), { maxLength: 5 })
    check(few, down => {
      expect(incidentsOf(hours(6, down))).toEqual([])
    })
  })

  test('a minute down without a pause is found within the minute after it', () => {
    check(
      fc.nat({ max: 5 * HOUR }).map(at => range(at, at + 6)),
      down => {
        const [incident] = incidentsOf(hours(6, down))
        expect(incident?.from).toBe(down[0])
        expect(incident!.opened - down[0]!).toBeLessThanOrEqual(6 + MINUTE)
      },
    )
  })
})
