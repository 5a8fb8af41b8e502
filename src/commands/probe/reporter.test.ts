import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ControlError, type ToldResult } from './control.ts'
import { createReporter } from './reporter.ts'

let reported: number[][] = []
let answers: (ControlError | undefined)[] = []
let logged: string[] = []

beforeEach(() => {
  vi.useFakeTimers()
  reported = []
  answers = []
  logged = []
})
afterEach(() => vi.useRealTimers())

/** A control plane that answers as told, and then takes everything. */
function reporterOf(mostKept?: number) {
  const tell = (level: string) => (facts: object, message: string) =>
    void logged.push(`${level}: ${message} ${JSON.stringify(facts)}`)
  return createReporter({
    report: async results => {
      reported.push(results.map(({ ms }) => ms))
      const answer = answers.shift()
      if (answer) throw answer
    },
    log: { info: tell('info'), warn: tell('warn'), error: tell('error') },
    ...(mostKept !== undefined && { mostKept }),
  })
}

const numbered = (ms: number): ToldResult => ({ probe: 'p', at: '2026-11-10T12:00:00Z', ok: true, ms })
const away = new ControlError('away', 'refused the connection')
const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i)

describe('results', () => {
  it('go together a second after the first of them', async () => {
    const reporter = reporterOf()
    for (const ms of [1, 2, 3]) reporter.add(numbered(ms))
    await vi.advanceTimersByTimeAsync(999)
    expect(reported).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(reported).toEqual([[1, 2, 3]])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(reported).toHaveLength(1)
  })

  it('wait in their order while the control plane is away, with longer pauses, and none is lost', async () => {
    const reporter = reporterOf()
    answers = [away, away, away]
    reporter.add(numbered(1))
    await vi.advanceTimersByTimeAsync(1000)
    reporter.add(numbered(2))
    await vi.advanceTimersByTimeAsync(2000)
    reporter.add(numbered(3))
    await vi.advanceTimersByTimeAsync(4000)
    expect(reported).toEqual([[1], [1, 2], [1, 2, 3]])
    await vi.advanceTimersByTimeAsync(7999)
    expect(reported).toHaveLength(3)
    await vi.advanceTimersByTimeAsync(1)
    expect(reported).toEqual([[1], [1, 2], [1, 2, 3], [1, 2, 3]])
    expect(logged).toEqual([
      'warn: the control plane cannot be reached: results wait {"error":"refused the connection","waiting":1}',
      'info: the control plane takes results again {"dropped":0}',
    ])
  })

  it('are asked for at least every thirty seconds, however long it is away', async () => {
    const reporter = reporterOf()
    answers = Array.from({ length: 30 }, () => away)
    reporter.add(numbered(1))
    await vi.advanceTimersByTimeAsync(600_000)
    const before = reported.length
    await vi.advanceTimersByTimeAsync(30_000)
    expect(reported.length).toBe(before + 1)
  })

  it('beyond the bound are dropped, the oldest first, and that is said', async () => {
    const reporter = reporterOf(5)
    answers = [away]
    for (const ms of from(1, 4)) reporter.add(numbered(ms))
    await vi.advanceTimersByTimeAsync(1000)
    for (const ms of from(5, 8)) reporter.add(numbered(ms))
    await vi.advanceTimersByTimeAsync(2000)
    expect(reported).toEqual([from(1, 4), from(4, 8)])
    expect(logged.slice(1)).toEqual([
      'warn: too many results wait for the control plane: the oldest are dropped {"kept":5}',
      'info: the control plane takes results again {"dropped":3}',
    ])
  })

  it('go in batches of as many as are taken at once', async () => {
    const reporter = reporterOf()
    for (const ms of from(1, 1100)) reporter.add(numbered(ms))
    await vi.advanceTimersByTimeAsync(1000)
    expect(reported.map(batch => batch.length)).toEqual([500, 500, 100])
  })

  it('that are refused are dropped, and those beside them go again', async () => {
    const reporter = reporterOf()
    answers = [new ControlError('refused', 'there is no probe "p"', [0, 2])]
    for (const ms of [1, 2, 3, 4]) reporter.add(numbered(ms))
    await vi.advanceTimersByTimeAsync(1000)
    expect(reported).toEqual([
      [1, 2, 3, 4],
      [2, 4],
    ])
    expect(logged).toEqual([
      'error: the control plane refused results: they are dropped {"error":"there is no probe \\"p\\"","results":2}',
    ])
  })

  it('of a batch that is refused as a whole are never sent again', async () => {
    const reporter = reporterOf()
    answers = [new ControlError('refused', 'no')]
    reporter.add(numbered(1))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(reported).toEqual([[1]])
  })

  it('wait while the token is not known, as whoever took it away may give it back', async () => {
    const reporter = reporterOf()
    answers = [new ControlError('unauthorized', 'The token is not known.')]
    reporter.add(numbered(1))
    await vi.advanceTimersByTimeAsync(10_000)
    expect(reported).toEqual([[1], [1]])
    expect(logged[0]).toMatch(/^error: .*does not know this token/)
  })
})

describe('at the end', () => {
  it('what waits is sent at once', async () => {
    const reporter = reporterOf()
    reporter.add(numbered(1))
    await reporter.stop()
    expect(reported).toEqual([[1]])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(reported).toHaveLength(1)
  })

  it('what cannot be sent is said, after one attempt', async () => {
    const reporter = reporterOf()
    answers = [away]
    reporter.add(numbered(1))
    await reporter.stop()
    expect(reported).toEqual([[1]])
    expect(logged.at(-1)).toBe('warn: the probe ends before they were taken {"results":1}')
  })
})
