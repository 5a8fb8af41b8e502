import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { type Connection, inOpeningOrder } from './connection.ts'
import { type MeteredPeaks, createPeakMeter, highestPeak } from './peak-meter.ts'
import { RECONNECT_OVERLAP_MS } from './reconnect-overlap.ts'
import type { Peak } from './running-peak.ts'

function metered(reports: Iterable<Connection>, boundariesMs: readonly number[]): MeteredPeaks {
  const meter = createPeakMeter(boundariesMs)
  for (const report of inOpeningOrder(reports)) meter.add(report)
  return meter.finish()
}

function peaksOf(reports: Iterable<Connection>, boundariesMs: readonly number[]): readonly Peak[] {
  return metered(reports, boundariesMs).periods
}

let ids = 0
function connection(openMs: number, closeMs?: number, more: Partial<Connection> = {}): Connection {
  ids += 1
  return { id: `c${ids}`, app: 'a', platform: 'web', user: undefined, openMs, closeMs, ...more }
}

function many(count: number, openMs: number, closeMs: number | undefined, app: string): Connection[] {
  return Array.from({ length: count }, () => connection(openMs, closeMs, { app }))
}

test('two nodes with 300, 400, 350 and 250, 100, 300 at the same instants peak at 650', () => {
  const one = [...many(300, 0, 30, 'one'), ...many(100, 10, 20, 'one'), ...many(50, 20, 30, 'one')]
  const other = [...many(100, 0, 30, 'two'), ...many(150, 0, 10, 'two'), ...many(200, 20, 30, 'two')]
  const [peak] = peaksOf([...one, ...other], [0, 30])
  expect(peak).toMatchObject({ peak: 650, atMs: 20 })
  expect([...(peak?.byApp ?? [])]).toEqual([
    ['one', 350],
    ['two', 300],
  ])
})

describe('half-open intervals', () => {
  test('one that closes as another opens is not open with it', () => {
    expect(peaksOf([connection(0, 10), connection(10, 20)], [0, 30])[0]).toMatchObject({ peak: 1, atMs: 0 })
  })

  test('one that closes at the boundary is not in the next period, and one still open is', () => {
    const [first, second] = peaksOf([connection(0, 10), connection(5)], [0, 10, 20])
    expect(first).toMatchObject({ peak: 2, atMs: 5 })
    expect(second).toMatchObject({ peak: 1, atMs: 10 })
  })

  test('one that opened and closed at the same instant was never open', () => {
    expect(peaksOf([connection(5, 5)], [0, 10])[0]).toMatchObject({ peak: 0, atMs: undefined })
  })

  test('what lies before the first boundary and after the last counts only where it reaches in', () => {
    const reports = [connection(0, 10), connection(0, 11), connection(1), connection(20, 30)]
    expect(peaksOf(reports, [10, 20])[0]).toMatchObject({ peak: 2, atMs: 10 })
  })
})

test('the meter refuses what is out of order, and says which', () => {
  const meter = createPeakMeter([0, 10])
  meter.add(connection(5))
  expect(() => meter.add(connection(4, 6, { id: 'late' }))).toThrow('connection late opened before')
})

describe('reconnect overlap', () => {
  const alice = (openMs: number, closeMs?: number, more: Partial<Connection> = {}) =>
    connection(openMs, closeMs, { user: 'alice', ...more })
  const overlap = (...reports: Connection[]) => peaksOf(reports, [0, 1e9])[0]?.reconnectOverlap

  test('is a socket that closed at most a minute after its user opened a newer one', () => {
    expect(overlap(alice(0, 1_000 + RECONNECT_OVERLAP_MS), alice(1_000))).toBe(1)
    expect(overlap(alice(0, 1_001 + RECONNECT_OVERLAP_MS), alice(1_000))).toBe(0)
  })

  test('is not devices that stay, other users, platforms, apps or sockets without a user', () => {
    expect(overlap(alice(0), alice(1), alice(2))).toBe(0)
    expect(overlap(alice(0, 500), alice(1, undefined, { user: 'bob' }))).toBe(0)
    expect(overlap(alice(0, 500), alice(1, undefined, { platform: 'ios' }))).toBe(0)
    expect(overlap(alice(0, 500), alice(1, undefined, { app: 'b' }))).toBe(0)
    expect(overlap(connection(0, 500), connection(1))).toBe(0)
  })

  test('counts one old socket for each newer one, and a newer one may be the next one’s old', () => {
    expect(overlap(alice(0, 500), alice(0, 500), alice(1))).toBe(1)
    expect(overlap(alice(0, 500), alice(1, 500), alice(2))).toBe(2)
    expect(overlap(alice(0, 500), alice(0, 500))).toBe(0)
  })

  test('is still found after thousands of users came and went', () => {
    const passers = Array.from({ length: 3_000 }, (_, at) => alice(at, at + 1, { user: `passer ${at}` }))
    const replaced = alice(0, 4_000)
    expect(overlap(replaced, ...passers, alice(3_500), connection(3_500))).toBe(1)
  })

  test('is not assessed for a name that more than fifty share', () => {
    const crowd = (count: number) => Array.from({ length: count }, (_, at) => alice(at, 1_000))
    expect(overlap(...crowd(50))).toBe(49)
    expect(overlap(...crowd(51))).toBe(0)
  })
})

const drawn = fc.record({
  id: fc.nat({ max: 30 }).map(String),
  app: fc.constantFrom('a', 'b'),
  platform: fc.constantFrom('web', 'ios'),
  user: fc.option(fc.constantFrom('alice', 'bob'), { nil: undefined }),
  openMs: fc.nat({ max: 200_000 }).map(ms => ms - (ms % 10_000)),
  closeMs: fc.option(
    fc.nat({ max: 300_000 }).map(ms => ms - (ms % 10_000)),
    { nil: undefined },
  ),
})
/** An id stands for one connection: app, platform and user come with it. */
const someConnections = fc
  .array(drawn, { maxLength: 40 })
  .map(list => list.map((one, index) => ({ ...one, id: String(index) })))
const boundaries = [0, 50_000, 100_000, 150_000, 250_000]

test('the peak is the one that counting at every instant finds, with its split', () => {
  fc.assert(
    fc.property(someConnections, connections => {
      const expected = boundaries
        .slice(0, -1)
        .map((fromMs, at) => counted(connections, fromMs, boundaries[at + 1]!))
      expect(peaksOf(connections, boundaries).map(plain)).toEqual(expected)
    }),
    { numRuns: 300 },
  )
})

test('the peak of a month is the highest of its days’', () => {
  fc.assert(
    fc.property(someConnections, connections => {
      const whole = peaksOf(connections, [0, 250_000])[0]
      expect(highestPeak(peaksOf(connections, boundaries))).toEqual(whole)
    }),
  )
})

test('an app’s own peak is the one that its connections alone have', () => {
  fc.assert(
    fc.property(someConnections, connections => {
      const { apps } = metered(connections, boundaries)
      for (const app of ['a', 'b']) {
        const [alone] = peaksOf(
          connections.filter(one => one.app === app),
          [boundaries[0]!, boundaries.at(-1)!],
        )
        const own = apps.get(app)
        expect(own === undefined ? 0 : plain(own)).toEqual(alone?.peak ? plain(alone) : 0)
      }
    }),
    { numRuns: 300 },
  )
})

test('an app peaks when it does, whenever the whole does', () => {
  const reports = [...many(3, 0, 10, 'one'), ...many(2, 0, 30, 'two'), ...many(4, 20, 30, 'two')]
  const { periods, apps } = metered([...reports, ...many(1, 25, undefined, 'one')], [0, 15, 40])
  expect(periods.map(({ peak, atMs }) => [peak, atMs])).toEqual([
    [5, 0],
    [7, 25],
  ])
  expect([...apps].map(([app, { peak, atMs }]) => [app, peak, atMs])).toEqual([
    ['one', 3, 0],
    ['two', 6, 20],
  ])
})

test('permuting, repeating and splitting reports changes nothing', () => {
  const shuffled = someConnections.chain(connections =>
    fc.tuple(
      fc.constant(connections),
      fc.shuffledSubarray(
        connections.flatMap(one => [one, one, { ...one, closeMs: undefined }]),
        { minLength: connections.length * 3 },
      ),
    ),
  )
  fc.assert(
    fc.property(shuffled, ([connections, reports]) => {
      expect(peaksOf(reports, boundaries).map(plain)).toEqual(peaksOf(connections, boundaries).map(plain))
    }),
  )
})

function plain(peak: Peak) {
  return { ...peak, byApp: sorted(peak.byApp), byPlatform: sorted(peak.byPlatform) }
}

function sorted(counts: ReadonlyMap<string, number>) {
  return Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** Looks at every instant at which anything could change. */
function counted(connections: readonly Connection[], fromMs: number, toMs: number) {
  let best = { fromMs, toMs, peak: 0, atMs: undefined as number | undefined, open: [] as Connection[] }
  for (let atMs = fromMs; atMs < toMs; atMs += 10_000) {
    const open = connections.filter(one => one.openMs <= atMs && atMs < (one.closeMs ?? Infinity))
    if (open.length > best.peak) best = { ...best, peak: open.length, atMs, open }
  }
  const { open, ...rest } = best
  const names = (name: 'app' | 'platform') =>
    Object.fromEntries(
      [...new Set(open.map(one => one[name]))]
        .toSorted()
        .map(value => [value, open.filter(one => one[name] === value).length]),
    )
  return {
    ...rest,
    byApp: names('app'),
    byPlatform: names('platform'),
    reconnectOverlap: mostPairs(open, open),
  }
}

/** The most pairs over every choice of old ones, each with the first newer one that could have replaced it. */
function mostPairs(olds: readonly Connection[], news: readonly Connection[]): number {
  const [old, ...others] = olds
  if (old === undefined) return 0
  const fits = news.filter(
    one =>
      one.user !== undefined &&
      one.user === old.user &&
      one.app === old.app &&
      one.platform === old.platform &&
      one.openMs > old.openMs &&
      (old.closeMs ?? Infinity) - one.openMs <= RECONNECT_OVERLAP_MS,
  )
  const without = mostPairs(others, news)
  if (fits.length === 0) return without
  const [tightest] = fits.toSorted((a, b) => a.openMs - b.openMs)
  return Math.max(
    without,
    1 +
      mostPairs(
        others,
        news.filter(one => one !== tightest),
      ),
  )
}
