import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Figures, medians } from '../rounds.ts'
import type { Result } from '../run.ts'
import { type Running, UNRECORDED, gateways, startUpstream } from './gateways.ts'
import { cpuSeconds } from './process-cost.ts'
import { WARM_SECONDS, wrk } from './wrk.ts'

const RECORDED = 'Weir, 1 thread'
const SECONDS = 2
/** A machine's pace wanders by a third within seconds: a share is taken of neighbours, and there are many. */
const PAIRS_A_ROUND = 8

/** What recording costs the gateway: Weir as it is and without it, both running, loaded in turn for a moment each. */
export async function recording(rounds: number): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-bench-'))
  const upstream = await startUpstream(folder)
  const running: Running[] = []
  try {
    for (const name of [RECORDED, UNRECORDED]) running.push(await gateways[name]!(upstream.port, folder))
    for (const each of running) await wrk(each, WARM_SECONDS)
    const [recorded, unrecorded] = running as [Running, Running]
    return tables(await measurePairs(recorded, unrecorded, rounds * PAIRS_A_ROUND))
  } finally {
    for (const each of running) await each.stop()
    await upstream.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Pair {
  readonly on: Figures
  readonly off: Figures
  readonly change: Figures
}

/** Who goes first takes turns too. */
async function measurePairs(recorded: Running, unrecorded: Running, count: number): Promise<Pair[]> {
  const pairs: Pair[] = []
  for (let i = 0; i < count; i++) {
    const first = await measure(i % 2 === 0 ? recorded : unrecorded)
    const second = await measure(i % 2 === 0 ? unrecorded : recorded)
    const [on, off] = i % 2 === 0 ? [first, second] : [second, first]
    const names = Object.keys(on)
    const change = Object.fromEntries(names.map(name => [name, (on[name]! / off[name]! - 1) * 100]))
    process.stderr.write(`pair ${i + 1} of ${count}: ${JSON.stringify(change)}\n`)
    pairs.push({ on, off, change })
  }
  return pairs
}

async function measure(gateway: Running): Promise<Figures> {
  const before = cpuSeconds(gateway.pid)
  const { requests, seconds, p50Ms, p99Ms } = await wrk(gateway, SECONDS)
  const spent = cpuSeconds(gateway.pid) - before
  return {
    'requests/s': requests / seconds,
    'CPU us a request': (spent * 1e6) / requests,
    'p50 ms': p50Ms,
    'p99 ms': p99Ms,
  }
}

function tables(pairs: readonly Pair[]): Result {
  const rows = new Map([
    [RECORDED, medians(pairs.map(({ on }) => on))],
    [UNRECORDED, medians(pairs.map(({ off }) => off))],
  ])
  return [
    ['recording: one core, 64 keep-alive connections, small JSON', rows, 2],
    ['recording: change in %, pair by pair', spread(pairs.map(({ change }) => change)), 1],
  ]
}

/** What one pair says means little, so the quartiles stand beside the median. */
function spread(shares: readonly Figures[]): Map<string, Figures> {
  const parts = { 'lower quartile': 0.25, median: 0.5, 'upper quartile': 0.75 }
  return new Map(
    Object.entries(parts).map(([name, part]) => [
      name,
      Object.fromEntries(
        Object.keys(shares[0]!).map(figure => {
          const sorted = shares.map(each => each[figure]!).toSorted((a, b) => a - b)
          return [figure, sorted[Math.round((sorted.length - 1) * part)]!]
        }),
      ),
    ]),
  )
}
