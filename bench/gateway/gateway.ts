import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Figures, interleave } from '../rounds.ts'
import type { Result } from '../run.ts'
import { type Running, gateways, startUpstream } from './gateways.ts'
import { OPEN_LOOP_RATE, openLoop } from './open-loop-run.ts'
import { cpuSeconds, memoryMiB } from './process-cost.ts'
import { WARM_SECONDS, wrk } from './wrk.ts'

const SECONDS = 4

/** Every gateway on one core before the same upstream: requests a second, CPU and memory, and p99 at a fixed rate. */
export async function gateway(rounds: number): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-bench-'))
  const upstream = await startUpstream(folder)
  try {
    const rows = await interleave(Object.keys(gateways), rounds, async name => {
      const running = await gateways[name]!(upstream.port, folder)
      try {
        return await measure(running)
      } finally {
        await running.stop()
      }
    })
    return [['gateway: one core, 64 keep-alive connections, small JSON', rows, 2]]
  } finally {
    await upstream.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(gateway: Running): Promise<Figures> {
  await wrk(gateway, WARM_SECONDS)
  const before = cpuSeconds(gateway.pid)
  const { requests, seconds, p50Ms, p99Ms } = await wrk(gateway, SECONDS)
  const spent = cpuSeconds(gateway.pid) - before
  const open = await openLoop(gateway)
  return {
    'requests/s': requests / seconds,
    'CPU us a request': (spent * 1e6) / requests,
    'p50 ms': p50Ms,
    'p99 ms': p99Ms,
    [`p99 ms at ${OPEN_LOOP_RATE}/s`]: open.p99Ms!,
    'memory MiB': memoryMiB(gateway.pid),
  }
}
