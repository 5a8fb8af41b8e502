import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Sla } from '../contract/contract.ts'
import { readContract } from '../contract/read-contract.ts'
import { decimal } from '../exact/decimal.ts'
import { minorUnits } from '../exact/money.ts'
import { monthSpan } from '../time/month.ts'
import { type MeasuredTime, judgeTime } from './organization-slices.ts'
import { type SlaFacts, slaReport } from './sla-report.ts'
import { type SliceGrid, gridOver } from './slice-grid.ts'

const month = '2026-04'

function contractOf(name: string) {
  const text = readFileSync(new URL(`../../../contracts/${name}.yaml`, import.meta.url), 'utf8')
  const read = readContract(text, name, () => undefined)
  if (!read.ok) throw new Error(`${name}.yaml is not read`)
  return read.contract
}
const april = monthSpan(month)
const grid = gridOver(april, 10)
const sla: Sla = {
  form: 'accelerated',
  target: '99.999',
  acceleration: 100,
  cap: '100',
  base: 'recurring',
  credit: 'automatic',
  claimDays: 30,
  timezone: 'UTC',
}

/** A hundred requests in each slice, and nothing else to say; `change` says it. */
function measured(change: Partial<MeasuredTime> = {}, over: SliceGrid = grid): MeasuredTime {
  const zeros = () => new Uint8Array(over.length)
  return {
    rule: { sliceSeconds: 10, errorPercent: '5', minRequests: 10, minFailed: 1 },
    noticeHours: 48,
    grid: over,
    lead: 0,
    apps: [app('app_1', [])],
    allApps: { valid: new Uint32Array(over.length), failed: new Uint32Array(over.length) },
    silent: zeros(),
    probed: zeros(),
    maintenance: [],
    exclusions: [],
    ...change,
  }
}

/** An app all of whose requests fail in some slices. */
function app(appId: string, down: readonly number[], over: SliceGrid = grid) {
  const own = { valid: new Uint32Array(over.length).fill(100), failed: new Uint32Array(over.length) }
  for (const slice of down) own.failed[slice] = 100
  return { appId, own, unmeasured: new Uint8Array(over.length) }
}

const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i)
const at = (slice: number) => april.startMs + slice * 10_000

function report(facts: Partial<MeasuredTime> = {}, more: Partial<SlaFacts> = {}) {
  const base = decimal('10000')
  const judged = judgeTime(measured(facts))
  return slaReport({ sla, month, base, minorDigits: 2, judged, held: [april], ...more })
}

describe('a month’s report', () => {
  it('of seven minutes down at 100X of 10,000.00 owes 162.04, which is 700 minutes', () => {
    const told = report({ apps: [app('app_1', range(1000, 42))] })
    expect(told).toMatchObject({
      uptime: '99.98379',
      target: '99.999',
      downSeconds: '420',
      allowanceSeconds: '25.92',
      allowanceLeftSeconds: '-394.08',
      credit: { amount: '162.04', minutes: '700', capped: false },
    })
    expect(told.spans).toEqual([
      { startMs: at(1000), endMs: at(1042), apps: ['app_1'], valid: 4200, failed: 4200, decidedBy: ['app'] },
    ])
    expect(told.because.join(' ')).toContain('420 x 100 = 42000 seconds')
  })

  it('counts an instant once, however many apps are down in it', () => {
    const told = report({ apps: [app('app_1', range(0, 30)), app('app_2', range(20, 30))] })
    expect(told.downSeconds).toBe('500')
    expect(told.spans.map(({ apps }) => apps)).toEqual([['app_1', 'app_2']])
  })

  it('leaves excluded time out to the millisecond, and says so', () => {
    const exclusions = [{ startMs: at(1000) + 1, endMs: at(1041), reason: 'third-party' as const }]
    const told = report({ apps: [app('app_1', range(1000, 42))], exclusions })
    expect(told.downSeconds).toBe('10.001')
    expect(told.credit.amount).toBe('0.00')
    expect(told.excludedSpans).toEqual([{ startMs: at(1000) + 1, endMs: at(1041) }])
  })

  it('names only those who said down', () => {
    const quiet = app('app_2', range(20, 30))
    for (let slice = 0; slice < 20; slice++) quiet.own.valid[slice] = 5
    const told = report({ apps: [app('app_1', range(0, 30)), quiet] })
    expect(told.spans.map(({ decidedBy }) => decidedBy)).toEqual([['app']])
  })

  it('tells how long it was up, down, idle, excluded and unmeasured', () => {
    const silent = app('app_1', range(0, 6))
    silent.own.valid.fill(0, 1000)
    silent.unmeasured.fill(1, 0, 3)
    const exclusions = [{ startMs: at(10), endMs: at(12) + 1, reason: 'customer' as const }]
    const { seconds, readings } = report({ apps: [silent], exclusions })
    expect(seconds).toEqual({ up: 9940, down: 60, idle: 2_582_000, excluded: 30, unmeasured: 30 })
    expect(readings.equivalent.downSeconds).toBe('60')
  })

  it('reads excluded time in no way', () => {
    const exclusions = [{ startMs: at(1000), endMs: at(1042), reason: 'third-party' as const }]
    const { readings } = report({ apps: [app('app_1', range(1000, 43))], exclusions })
    expect([readings.slices.downSeconds, readings.equivalent.downSeconds]).toEqual(['10', '10'])
    // 100 of 25,915,800 requests.
    expect(readings.requests.downSeconds).toBe('10.002')
  })

  it('promises nothing for time in which no plan was held', () => {
    const held = [{ startMs: at(1021), endMs: april.endMs }]
    expect(report({ apps: [app('app_1', range(1000, 42))] }, { held }).downSeconds).toBe('210')
  })

  it('owes nothing without a promise, and still tells what was', () => {
    const told = report({ apps: [app('app_1', range(1000, 42))] }, { sla: { form: 'none' } })
    expect(told).toMatchObject({ uptime: '99.98379', target: undefined, allowanceSeconds: undefined })
    expect(told.credit.amount).toBe('0.00')
  })

  it('has the best tier as its target', () => {
    const tiers = [
      { below: '99.0', credit: '50' },
      { below: '99.99', credit: '10' },
    ]
    const tiered = report({}, { sla: { ...sla, form: 'tiered', tiers } as Sla })
    expect([tiered.target, tiered.allowanceSeconds]).toEqual(['99.99', '259.2'])
  })

  it('shows what other readings would pay: a tenth failing all month is no slice down at 10 %', () => {
    const low = app('app_1', [])
    low.own.failed.fill(10)
    const rule = { sliceSeconds: 10, errorPercent: '10', minRequests: 10, minFailed: 1 }
    const { readings, seconds } = report({ apps: [low], rule })
    expect([
      readings.slices.downSeconds,
      readings.requests.downSeconds,
      readings.equivalent.downSeconds,
    ]).toEqual(['0', '259200', '259200'])
    expect(readings.requests.credit).toBe('10000.00')
    expect(seconds).toEqual({ up: 2_592_000, down: 0, idle: 0, excluded: 0, unmeasured: 0 })
  })
})

/** One request a second, each of which fails with a thousandth. */
function noise(seed: number, over: SliceGrid) {
  const valid = new Uint32Array(over.length).fill(over.seconds)
  const failed = new Uint32Array(over.length)
  let state = seed >>> 0
  // mulberry32: the same noise for the same seed.
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  // How many are served before the next that fails is geometric.
  const served = () => Math.floor(Math.log(1 - random()) / Math.log(0.999))
  for (let second = served(); second < over.length * over.seconds; second += 1 + served()) {
    failed[Math.floor(second / over.seconds)]!++
  }
  return { appId: 'app_1', own: { valid, failed }, unmeasured: new Uint8Array(over.length) }
}

describe('noise and outages', () => {
  const calm = { sliceSeconds: 10, errorPercent: '5', minRequests: 10, minFailed: 5 }

  it('one request a second with one failure in a thousand owes nothing', () => {
    const noisy = app('app_1', [])
    noisy.own.valid.fill(10)
    for (let slice = 7; slice < grid.length; slice += 100) noisy.own.failed[slice] = 1
    expect(report({ apps: [noisy], rule: calm }).credit.amount).toBe('0.00')
  })

  it('nor when each fails with a thousandth at random, by the rule of every contract that is ready to copy', () => {
    for (const name of ['chat', 'auth']) {
      const { sliceSeconds, ...rule } = contractOf(name).availability
      const over = gridOver(april, sliceSeconds)
      fc.assert(
        fc.property(fc.integer(), seed => {
          const noisy = noise(seed, over)
          expect(noisy.own.failed.some(failed => failed > 1)).toBe(true)
          const judged = judgeTime(measured({ apps: [noisy], rule: { sliceSeconds, ...rule } }, over))
          const base = decimal('10000')
          const { credit, downSeconds } = slaReport({
            sla,
            month,
            base,
            minorDigits: 2,
            judged,
            held: [april],
          })
          expect([credit.amount, downSeconds]).toEqual(['0.00', '0'])
        }),
        { numRuns: 10 },
      )
    }
  })

  it('but without minFailed one failure in ten is an outage, and noise costs the cap', () => {
    const rule = { ...calm, minFailed: 1 }
    expect(report({ apps: [noise(1, grid)], rule }).credit).toMatchObject({
      amount: '10000.00',
      capped: true,
    })
  })

  it('a total outage of seven minutes at one request in three seconds is found, to half a minute', () => {
    const quiet = app('app_1', [])
    for (let slice = 0; slice < grid.length; slice++) {
      quiet.own.valid[slice] = slice % 3 === 0 ? 4 : 3
      if (slice >= 1000 && slice < 1042) quiet.own.failed[slice] = quiet.own.valid[slice]!
    }
    const { spans } = report({ apps: [quiet], rule: calm })
    expect(spans).toHaveLength(1)
    expect(Math.abs(spans[0]!.startMs - at(1000))).toBeLessThanOrEqual(30_000)
    expect(Math.abs(spans[0]!.endMs - at(1042))).toBeLessThanOrEqual(30_000)
  })
})

describe('any outages', () => {
  // Slices of a minute, a sixth of the work, so that many are tried.
  const minutes = gridOver(april, 60)
  const downSlices = fc.uniqueArray(fc.nat({ max: minutes.length - 1 }), { maxLength: 200 })
  const credit = (down: readonly number[]) => {
    const rule = { sliceSeconds: 60, errorPercent: '5', minRequests: 10, minFailed: 1 }
    const judged = judgeTime(measured({ rule, apps: [app('app_1', down, minutes)] }, minutes))
    const facts = { sla, month, base: decimal('10000'), minorDigits: 2, judged, held: [april] }
    return minorUnits(slaReport(facts).credit.amount, 2)
  }

  it('never owe less for more down time, and never more than the cap', () => {
    fc.assert(
      fc.property(downSlices, downSlices, (some, more) => {
        const less = credit(some)
        const all = credit([...some, ...more])
        expect(all).toBeGreaterThanOrEqual(less)
        expect(all).toBeLessThanOrEqual(1_000_000n)
      }),
      { numRuns: 100 },
    )
  })

  it('owe the same wherever in the month they lie, and however they are cut', () => {
    fc.assert(
      fc.property(downSlices, down => {
        const together = range(5000, down.length)
        expect(credit(down)).toBe(credit(together))
      }),
      { numRuns: 100 },
    )
  })
})

it('a credit is zero at exactly the target', () => {
  const half = { ...sla, target: '99.5' } as Sla
  const promised = (slices: number) => report({ apps: [app('app_1', range(0, slices))] }, { sla: half })
  // 0.5 % of 2,592,000 seconds are 1,296 slices.
  expect(promised(1296).credit.amount).toBe('0.00')
  expect(promised(1297).credit.amount).not.toBe('0.00')
})
